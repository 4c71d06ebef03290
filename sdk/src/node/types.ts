import type { Calls, MaybeWho, RequestScope, ServerAnalytics, ServerAnalyticsOptions } from '../server/types.ts'
import type { AnyEvents, EventMap } from '../types.ts'

export interface NodeAnalyticsOptions extends ServerAnalyticsOptions {
  /**
   * A folder for events that do not fit in memory, and for those that `close` leaves. They are sent later, by this
   * process or the next one. It is made where it is missing, and any number of processes of one machine may share it.
   * Default: none; such events are dropped.
   */
  spillFolder?: string
  /** Bytes of all files in the folder. Default 1 GiB. */
  maxSpillBytes?: number
}

export interface NodeAnalytics<Events extends EventMap<Events> = AnyEvents> extends ServerAnalytics<Events> {
  /** The same calls inside of {@link NodeAnalytics.runWith}, where they need not say who they are about. */
  readonly current: Calls<Events, MaybeWho>
  /**
   * Runs `work` and answers what it answers. Calls made in it, also later and behind any `await`, take from `scope` what
   * they leave out: the context, and both ids where they name neither. An `identify` with a `userId` alone takes the
   * `anonymousId`. Inside another `runWith`, what `scope` leaves out comes from the outer one.
   */
  runWith<Result>(scope: RequestScope, work: () => Result): Result
}
