import { type Basis, type UptimeBreakdown, downtimeMs, uptimeMs } from '#libs/uptime/breakdown.js';
import type { PartsDto } from './uptime-breakdown.dto.js';

export const toPartsDto = (parts: Readonly<UptimeBreakdown>): Pick<PartsDto, keyof PartsDto> => ({
  open_ms: parts.openMs,
  up_ms: parts.upMs,
  down_ms: parts.downMs,
  carried_up_ms: parts.carriedUpMs,
  carried_down_ms: parts.carriedDownMs,
  unknown_ms: parts.unknownMs,
});

/** Uptime as a percentage of uptime plus downtime, rounded half up to two decimals; null if both are zero. */
export function uptimePercent(parts: Readonly<UptimeBreakdown>, basis: Basis): number | null {
  const up = uptimeMs(parts, basis);
  const all = up + downtimeMs(parts, basis);
  return all === 0 ? null : Math.floor((up * 10_000) / all + 0.5) / 100;
}
