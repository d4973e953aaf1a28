import { Logger } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';
import type { Role, Roles } from '../config/roles.js';

/**
 * Calls a method again and again in processes that have a role: every `when` milliseconds, or when a cron expression says so.
 * It never runs twice at once in a process. An error is logged, and the next call tries again.
 * @param failure what is logged in front of an error: `Abandoned imports could not be ended`
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
