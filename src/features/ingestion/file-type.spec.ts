import { describe, expect, it } from '@jest/globals';
import { checkFileType } from './file-type.js';

describe('the media type of a file', () => {
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
  ])('accepts %s', (type) => {
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
  ])('refuses %s', (type) => {
    expect(() => checkFileType(type)).toThrow(`got "${type.slice(0, 50)}`);
    expect(() => checkFileType(type)).toThrow(
      /^Content-Type must be text\/csv, got .*; send the file itself as text\/csv/,
    );
  });
});
