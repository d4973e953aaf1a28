/** A hook of node:module. Resolves './x.js' to x.ts, and '#libs/...' to the sources. */
export function resolveSource(specifier, context, next) {
  const options = { ...context, conditions: [...context.conditions, 'development'] };
  try {
    return next(specifier, options);
  } catch (error) {
    if (!/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
    return next(specifier.replace(/\.js$/, '.ts'), options);
  }
}
