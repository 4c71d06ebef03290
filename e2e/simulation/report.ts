import type { SimulationResult } from './simulate.ts'

/** What broke, where, and how to see it again. `steps` as given on the command line, if it was. */
export function formatFailure({ seed, failure }: SimulationResult, steps?: string): string {
  if (!failure) return `seed ${seed} holds`
  return [
    `seed ${seed} fails after step ${failure.step}, ${failure.at}`,
    `invariant: ${failure.invariant}`,
    ...failure.detail.split('\n').map((line) => `  ${line}`),
    'what happened last:',
    ...failure.trace.map((line) => `  ${line.slice(0, 160)}`),
    `replay: npm run simulate -- --seed ${seed}${steps === undefined ? '' : ` --steps ${steps}`}`,
  ].join('\n')
}

/** One line over all runs. */
export function formatSummary(results: readonly SimulationResult[], tookMs: number): string {
  const sum = (of: (result: SimulationResult) => number): string =>
    results.reduce((total, result) => total + of(result), 0).toLocaleString('en')
  const count = (name: string): string => sum(({ counts }) => counts.get(name) ?? 0)
  const [first] = results
  const last = results.at(-1)
  return [
    `${results.length} runs (seeds ${first?.seed} to ${last?.seed}): ${sum(({ steps }) => steps)} steps`,
    `${sum(({ events }) => events)} events`,
    `${count('workers killed')} workers and ${count('collectors killed')} collectors killed`,
    `${count('merges that changed something')} merges undone`,
    `${sum(({ virtualMs }) => Math.round(virtualMs / 3_600_000))} virtual hours in ${(tookMs / 1000).toFixed(1)} s`,
  ].join(', ')
}
