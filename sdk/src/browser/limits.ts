/**
 * The numbers of the browser client, apart from its code: minifiers write constants into the places of their use only
 * out of a module that imports nothing, and only when they are spelt out.
 */

/** Of one event as JSON; larger ones are dropped. */
export const maxEventBytes = 32_768
/** Of a segment, before a new one is begun. */
export const maxSegmentBytes = 8_000
export const maxBodyBytes = 450_000
/** Of a body, what is not events. */
export const envelopeBytes = 2_000
/** Browsers allow 64 KiB of keepalive bodies in flight; the rest is for the headers and for others on the page. */
export const keepaliveBudgetBytes = 60_000
/** So much is on its way before whatever is happening can lead away from the page. */
export const eagerBytes = 20_000
/** 6 days. The server remembers messageIds for 7; what is older could count twice. */
export const maxAgeMs = 518_400_000
/** Time for a request of the page before to arrive, before we ask about it. */
export const settleMs = 3_000
/** Segments that a request asks about. */
export const maxAsks = 20

/** Parts of a segment's id: the name of a tab, and digits of base 36 for the time. */
export const tabLength = 12
export const timeDigits = 8

/** 365 days. */
export const cookieSeconds = 31_536_000
/** 30 minutes of silence end a session. */
export const silenceMs = 1_800_000
/** 24 hours end it anyway. */
export const longestMs = 86_400_000
/** How exactly the end of a session is known: writing it with each event would cost more. */
export const activityMs = 5_000
