/** What a backend found when it was asked how it is. `fix` says what to do where the level is not `ok`. */
export interface Diagnosis {
  name: string
  level: 'ok' | 'warn' | 'fail'
  detail: string
  fix?: string
}
