import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import { invalidArgument, quoteValue } from '#libs/errors.js';

/** Checks the shape of request bodies: an object with the fields that there are. What they say, the services check. */
@Injectable()
export class RequestPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: ([error]) => {
        const field = error?.property ?? '';
        const [constraint, message] = Object.entries(error?.constraints ?? {})[0] ?? [];
        if (constraint === 'whitelistValidation')
          return invalidArgument(field, `There is no field ${quoteValue(field)} here.`);
        return invalidArgument(field, `${message ?? 'The request is not valid'}.`);
      },
    });
  }

  /** No body means an empty one. */
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') return super.transform(value, metadata);
    if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      throw invalidArgument('', 'The body must be a JSON object.');
    }
    return super.transform(value ?? {}, metadata);
  }
}
