import type { StitchRules } from '@trailstitch/backends'
import { resolveAliases } from './aliases.ts'
import { extendVisitor } from './extend.ts'
import { foldPart, joinParts } from './part.ts'
import { forget } from './past.ts'
import { foldVisitor } from './visitor.ts'

/** The rules every store stitches by. Pure functions over plain values; see ARCHITECTURE.md, "Stitching". */
export const stitchRules: StitchRules = Object.freeze({
  foldVisitor,
  forget,
  extendVisitor,
  foldPart,
  joinParts,
  resolveAliases,
})
