/** For spec-runner.spec.ts. */
export const IMPORTED_AS = import.meta.url;
