import { Controller, UseFilters } from '@nestjs/common';
import { formatLocalTime } from '#libs/calendar/local-time.js';
import * as proto from '../generated/storewatch/v1/timezones_service.js';
import { GrpcErrorFilter } from '../transport/grpc-error.filter.js';
import { type StoreCalendar, TimezonesService } from './timezones.service.js';

@Controller()
@UseFilters(GrpcErrorFilter)
@proto.TimezonesServiceControllerMethods()
export class TimezonesGrpcController implements proto.TimezonesServiceController {
  constructor(private readonly timezones: TimezonesService) {}

  async getStoreCalendar(request: proto.GetStoreCalendarRequest): Promise<proto.GetStoreCalendarResponse> {
    return { calendar: toMessage(await this.timezones.calendar(request.storeId)) };
  }

  async setTimezone(request: proto.SetTimezoneRequest): Promise<proto.SetTimezoneResponse> {
    return { calendar: toMessage(await this.timezones.setTimezone(request.storeId, request.timezone)) };
  }

  async setBusinessHours(request: proto.SetBusinessHoursRequest): Promise<proto.SetBusinessHoursResponse> {
    return { calendar: toMessage(await this.timezones.setBusinessHours(request.storeId, request.businessHours)) };
  }

  listTimezones(): proto.ListTimezonesResponse {
    const { names, version } = this.timezones.timezones();
    return { timezones: names, tzVersion: version };
  }
}

const toMessage = (calendar: StoreCalendar): proto.StoreCalendar => ({
  storeId: calendar.storeId,
  timezone: calendar.timezone,
  timezoneIsDefault: calendar.timezoneIsDefault,
  businessHours: calendar.businessHours.map(({ dayOfWeek, startMs, endMs }) => ({
    dayOfWeek,
    startTimeLocal: formatLocalTime(startMs),
    endTimeLocal: formatLocalTime(endMs),
  })),
});
