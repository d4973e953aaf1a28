import { invalidArgument, quoteValue } from '#libs/errors.js';

export const ROLES = ['api', 'worker', 'scheduler'] as const;
export type Role = (typeof ROLES)[number];

/** What this process does: serve requests (api), process jobs (worker), queue periodic jobs (scheduler). */
export class Roles {
  private constructor(private readonly roles: ReadonlySet<Role>) {}

  static readonly all = new Roles(new Set(ROLES));
  static readonly none = new Roles(new Set());

  /** Reads `api,worker`. @throws DomainError invalid_argument */
  static parse(text: string): Roles {
    const names = text.split(',').map((name) => name.trim());
    for (const name of names) {
      if (!ROLES.includes(name as Role)) {
        throw invalidArgument('roles', `--roles must be one or more of ${ROLES.join(',')}, got ${quoteValue(name)}.`);
      }
    }
    return new Roles(new Set(names as Role[]));
  }

  without(role: Role): Roles {
    return new Roles(new Set([...this.roles].filter((other) => other !== role)));
  }

  has(role: Role): boolean {
    return this.roles.has(role);
  }

  toString(): string {
    return [...this.roles].join(', ');
  }
}
