import { describe, expect, it } from '@jest/globals';
import { checkFileType } from './file-type.js';

describe('the type of a file', () => {
  it.each([
    undefined,
    '',
    'text/csv',
    'Text/CSV; charset=utf-8',
    'application/csv',
    'text/tab-separated-values',
    'application/vnd.ms-excel',
    'application/gzip',
    'application/x-gzip',
    'application/octet-stream',
  ])('may be %s', (type) => {
    expect(() => checkFileType(type)).not.toThrow();
  });

  it.each([
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain, text/csv',
    'application/json',
    'text/html',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ])('may not be %s', (type) => {
    expect(() => checkFileType(type)).toThrow(`Content-Type "${type.slice(0, 50)}`);
    expect(() => checkFileType(type)).toThrow(/ is not read; send the file itself as text\/csv/);
  });
});
