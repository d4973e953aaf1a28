import { registerHooks } from 'node:module';

/**
 * Outside of tests (in Jest's global setup, in child processes) nothing maps the import of './x.js' to x.ts.
 * Does that, and takes '#libs/...' from the sources. The transpiling is left to Jest, or to Node.js.
 */
registerHooks({
  resolve(specifier, context, next) {
    const options = { ...context, conditions: [...context.conditions, 'development'] };
    try {
      return next(specifier, options);
    } catch (error) {
      if (!/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
      return next(specifier.replace(/\.js$/, '.ts'), options);
    }
  },
});
