import { Logger } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';
import type { Role, Roles } from '../config/roles.js';

/**
 * Calls a method periodically in processes with a role: every `when` milliseconds, or on a cron expression. Calls never
 * overlap within a process. An error is logged, and the next call tries again.
 * @param failure prefix of the logged error: `Abandoned imports could not be ended`
 */
export const Scheduled =
  (role: Role, when: number | string, failure: string) =>
  (
    target: object,
    name: string,
    descriptor: TypedPropertyDescriptor<(this: { readonly roles: Roles }) => Promise<void>>,
  ): void => {
    const work = descriptor.value!;
    const logger = new Logger(target.constructor.name);
    const running = new WeakSet<object>();
    descriptor.value = async function () {
      if (!this.roles.has(role) || running.has(this)) return;
      running.add(this);
      try {
        await work.call(this);
      } catch (error) {
        logger.warn(`${failure}: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        running.delete(this);
      }
    };
    const schedule = typeof when === 'number' ? Interval(when) : Cron(when);
    schedule(target, name, descriptor);
  };
