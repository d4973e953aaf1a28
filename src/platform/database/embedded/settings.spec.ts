import { describe, expect, it } from '@jest/globals';
import { defaultSettings, renderSettings } from './settings.js';

const GB = 1024 ** 3;

describe('the settings of the embedded PostgreSQL', () => {
  it('use an eighth of the memory for shared buffers, at least 128 MB and at most 1 GB', () => {
    const buffers = [0.5, 1, 4, 8, 64].map((memory) => defaultSettings(memory * GB)['shared_buffers']);
    expect(buffers).toEqual(['128MB', '128MB', '512MB', '1024MB', '1024MB']);
  });

  it('assume half of the memory as cache', () => {
    expect(defaultSettings(8 * GB)['effective_cache_size']).toBe('4096MB');
  });

  it('are quoted so that PostgreSQL reads the same values back', () => {
    expect(renderSettings({ log_line_prefix: `it's \\ %m`, work_mem: '1MB' })).toBe(
      `log_line_prefix = 'it''s \\\\ %m'\nwork_mem = '1MB'\n`,
    );
  });
});
