import type { Directory } from '@trailstitch/backends'
import type { Annotation, Embed, Report, Share } from './documents.ts'
import { createShelf, type Shelf } from './shelf.ts'

/** What members keep and share. */
export interface Saved {
  reports: Shelf<Report>
  annotations: Shelf<Annotation>
  shares: Shelf<Share>
  embeds: Shelf<Embed>
}

export const maxReports = 1_000
export const maxAnnotations = 1_000
export const maxShares = 200
export const maxEmbeds = 1_000

export const createSaved = (directory: Directory): Saved => ({
  reports: createShelf(directory, { kind: 'report', max: maxReports, unknown: 'unknown_report' }),
  annotations: createShelf(directory, { kind: 'annotation', max: maxAnnotations, unknown: 'unknown_annotation' }),
  shares: createShelf(directory, { kind: 'share', max: maxShares, unknown: 'unknown_share' }),
  embeds: createShelf(directory, { kind: 'embed', max: maxEmbeds, unknown: 'unknown_share' }),
})
