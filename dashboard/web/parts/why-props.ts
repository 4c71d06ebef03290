export interface WhyProps {
  /** Of the figure. */
  name: string
  definition: string
  /** Left out for figures that look at no range. */
  meta?: { computedAt: string | number; exact: boolean; rowsScanned: number }
  /** Events of bots in the range, which are not counted. */
  botEvents?: number
}
