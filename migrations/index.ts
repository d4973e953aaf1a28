import { Migration20261123000000_initial } from './Migration20261123000000_initial.js';

/** In the order in which they run. A migration that has landed is never edited. */
export const migrations = [Migration20261123000000_initial];
