import { Injectable } from '@nestjs/common';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { ownRows } from '../../platform/database/store-limit.js';
import { Schedule } from './schedule.entity.js';

/** Owns the table schedule. A caller with a limit finds only the schedules that were made with the same limit. */
@Injectable()
export class SchedulesRepository {
  constructor(private readonly orm: MikroORM) {}

  /** @returns false, without effect, when another schedule has its name or destination */
  async create(schedule: Schedule): Promise<boolean> {
    return unlessTaken(this.orm.em.fork().insert(Schedule, schedule));
  }

  find(name: string): Promise<Schedule | null> {
    return this.orm.em.fork().findOne(Schedule, { name, ...ownRows() });
  }

  findByDestination(destination: string): Promise<Schedule | null> {
    return this.orm.em.fork().findOne(Schedule, { destination, ...ownRows() });
  }

  /** Ordered by name. */
  page(after: string, limit: number): Promise<Schedule[]> {
    const where = { name: { $gt: after }, ...ownRows() };
    return this.orm.em.fork().find(Schedule, where, { orderBy: { name: 'asc' }, limit });
  }

  enabled(): Promise<Schedule[]> {
    return this.orm.em.fork().find(Schedule, { enabled: true }, { orderBy: { name: 'asc' } });
  }

  count(): Promise<number> {
    return this.orm.em.fork().count(Schedule);
  }

  /** @returns false, without effect, when another schedule has its destination */
  async update(name: string, changes: Partial<Schedule>): Promise<boolean> {
    return unlessTaken(this.orm.em.fork().nativeUpdate(Schedule, { name, ...ownRows() }, changes));
  }

  /** New schedules start now: only instants after `now` are due. */
  async begin(now: Date): Promise<void> {
    await this.orm.em.fork().nativeUpdate(Schedule, { dueAfter: null, enabled: true }, { dueAfter: now });
  }

  /** Deletes a schedule with its runs. @returns whether it existed */
  async remove(name: string): Promise<boolean> {
    return (await this.orm.em.fork().nativeDelete(Schedule, { name, ...ownRows() })) === 1;
  }
}

async function unlessTaken(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) return false;
    throw error;
  }
}
