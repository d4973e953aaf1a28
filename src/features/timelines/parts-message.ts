import type { UptimeBreakdown } from '#libs/uptime/breakdown.js';
import type * as proto from '../../generated/storewatch/v1/timelines_service.js';
import { toProtoDuration } from '../../edge/grpc/proto-timestamp.js';

export const toPartsMessage = (parts: Readonly<UptimeBreakdown>): proto.Parts => ({
  open: toProtoDuration(parts.openMs),
  up: toProtoDuration(parts.upMs),
  down: toProtoDuration(parts.downMs),
  carriedUp: toProtoDuration(parts.carriedUpMs),
  carriedDown: toProtoDuration(parts.carriedDownMs),
  unknown: toProtoDuration(parts.unknownMs),
});
