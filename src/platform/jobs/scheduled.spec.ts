import { expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Roles } from '../config/roles.js';
import { Scheduled } from './scheduled.js';

class Tasks {
  calls = 0;
  end = (): void => {};

  constructor(readonly roles: Roles) {}

  @Scheduled('worker', 1_000, 'The work failed')
  async work(): Promise<void> {
    this.calls++;
    await new Promise<void>((resolve) => (this.end = resolve));
  }

  @Scheduled('worker', 1_000, 'The work failed')
  async fail(): Promise<void> {
    throw new Error('no disk');
  }
}

it('runs in processes with the role only', async () => {
  const tasks = new Tasks(Roles.parse('scheduler'));
  await tasks.work();
  expect(tasks.calls).toBe(0);
});

it('does not run again before it has ended, and does afterwards', async () => {
  const tasks = new Tasks(Roles.all);
  const first = tasks.work();
  await tasks.work();
  expect(tasks.calls).toBe(1);
  tasks.end();
  await first;
  const second = tasks.work();
  expect(tasks.calls).toBe(2);
  tasks.end();
  await second;
});

it('logs an error and runs again', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
  const tasks = new Tasks(Roles.all);
  await tasks.fail();
  await tasks.fail();
  expect(warn.mock.calls).toEqual([['The work failed: no disk'], ['The work failed: no disk']]);
});
