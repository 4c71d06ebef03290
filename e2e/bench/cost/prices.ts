/** What the cost model is made for. */
export const volumes = [
  { name: '1M events a day', eventsPerDay: 1_000_000 },
  { name: '10M events a day', eventsPerDay: 10_000_000 },
  { name: '100M events a day', eventsPerDay: 100_000_000 },
] as const

/** List price of SQS's standard queues in us-east-1, US dollars per million requests, 2026. */
export const sqsPerMillion = 0.4
