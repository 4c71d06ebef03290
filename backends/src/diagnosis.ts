/** What a backend found out about itself and the service behind it, for `trailstitch doctor`. */
export interface Diagnosis {
  name: string
  level: 'ok' | 'warn' | 'fail'
  detail: string
  /** What to do about it. */
  fix?: string
}
