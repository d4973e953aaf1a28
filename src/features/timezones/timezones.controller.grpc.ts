import { Controller, UseFilters } from '@nestjs/common';
import type { LocalHours } from '#libs/calendar/calendar.js';
import { formatLocalDate } from '#libs/calendar/local-date.js';
import { RequireScope } from '../../edge/access/require-scope.js';
import * as proto from '../../generated/storewatch/v1/timezones_service.js';
import { GrpcErrorFilter } from '../../edge/grpc/grpc-error.filter.js';
import { readStoreFilter } from '../../edge/filter/store-filter.js';
import { decodePageToken, encodePageToken, readPageSize } from '../../edge/paging/page-token.js';
import { formatHours } from './calendar-input.js';
import { NamesService } from './names.service.js';
import type { StoreRow } from './stores.repository.js';
import { type StoreCalendar, TimezonesService } from './timezones.service.js';

@Controller()
@UseFilters(GrpcErrorFilter)
@proto.TimezonesServiceControllerMethods()
export class TimezonesGrpcController implements proto.TimezonesServiceController {
  constructor(
    private readonly timezones: TimezonesService,
    private readonly names: NamesService,
  ) {}

  @RequireScope('read')
  async listStores({ pageSize, pageToken, filter }: proto.ListStoresRequest): Promise<proto.ListStoresResponse> {
    const after = decodePageToken(pageToken);
    const { items, last } = await this.timezones.listStores(after, readPageSize(pageSize), readStoreFilter(filter));
    return { stores: items.map(toStoreMessage), nextPageToken: last ? encodePageToken(last.storeId) : '' };
  }

  @RequireScope('read')
  async getStoreCalendar(request: proto.GetStoreCalendarRequest): Promise<proto.GetStoreCalendarResponse> {
    return { calendar: toMessage(await this.timezones.calendar(request.storeId)) };
  }

  @RequireScope('admin')
  async setTimezone(request: proto.SetTimezoneRequest): Promise<proto.SetTimezoneResponse> {
    return { calendar: toMessage(await this.timezones.setTimezone(request.storeId, request.timezone)) };
  }

  @RequireScope('admin')
  async setBusinessHours(request: proto.SetBusinessHoursRequest): Promise<proto.SetBusinessHoursResponse> {
    return { calendar: toMessage(await this.timezones.setBusinessHours(request.storeId, request.businessHours)) };
  }

  @RequireScope('admin')
  async removeTimezone(request: proto.RemoveTimezoneRequest): Promise<proto.RemoveTimezoneResponse> {
    return { calendar: toMessage(await this.timezones.removeTimezone(request.storeId)) };
  }

  @RequireScope('admin')
  async setSpecialHours({ storeId, day }: proto.SetSpecialHoursRequest): Promise<proto.SetSpecialHoursResponse> {
    return { calendar: toMessage(await this.timezones.setSpecialHours(storeId, day?.date ?? '', day?.hours ?? [])) };
  }

  @RequireScope('admin')
  async removeSpecialHours(request: proto.RemoveSpecialHoursRequest): Promise<proto.RemoveSpecialHoursResponse> {
    return { calendar: toMessage(await this.timezones.removeSpecialHours(request.storeId, request.date)) };
  }

  @RequireScope('admin')
  async setStoreLife(request: proto.SetStoreLifeRequest): Promise<proto.SetStoreLifeResponse> {
    const { storeId, openedOn, closedOn } = request;
    return { calendar: toMessage(await this.timezones.setLife(storeId, openedOn, closedOn)) };
  }

  @RequireScope('admin')
  async updateStores({ updates, replaceTags }: proto.UpdateStoresRequest): Promise<proto.UpdateStoresResponse> {
    const { accepted, duplicate } = await this.names.updateAll(
      updates.map(({ storeId, name, tags }) => ({ storeId, name, tags })),
      replaceTags,
    );
    return { changed: accepted, unchanged: duplicate };
  }

  @RequireScope('read')
  listTimezones(): proto.ListTimezonesResponse {
    const { names, version } = this.timezones.timezones();
    return { timezones: names, tzVersion: version };
  }
}

const toStoreMessage = ({ storeId, name, tags, timezone }: StoreRow): proto.Store => ({
  storeId,
  name: name ?? '',
  tags: { ...tags },
  timezone: timezone ?? '',
});

const toMessage = (calendar: StoreCalendar): proto.StoreCalendar => ({
  storeId: calendar.storeId,
  name: calendar.name ?? '',
  tags: { ...calendar.tags },
  timezone: calendar.zone,
  timezoneIsDefault: calendar.zoneIsDefault,
  businessHours: calendar.weekly.map((hours) => ({ dayOfWeek: hours.dayOfWeek, ...toHoursMessage(hours) })),
  specialHours: [...(calendar.special ?? [])].map(([date, hours]) => ({
    date: formatLocalDate(date),
    hours: hours.map(toHoursMessage),
  })),
  openedOn: calendar.openedOn === undefined ? '' : formatLocalDate(calendar.openedOn),
  closedOn: calendar.closedOn === undefined ? '' : formatLocalDate(calendar.closedOn),
});

function toHoursMessage(hours: LocalHours): proto.LocalHours {
  const [startTimeLocal, endTimeLocal] = formatHours(hours);
  return { startTimeLocal, endTimeLocal };
}
