import type { EventFilter } from '@trailstitch/protocol'
import { useAnalysis } from '../app/use-analysis.ts'
import { useRange } from '../app/use-search.ts'
import { t } from '../texts/t.ts'
import { maxConditions } from '../url/event-filter.ts'
import { describeEvent } from './fields.ts'
import { FilterEditor } from './filter-editor.tsx'

/** Asks which events are meant: a name, of those in the range, and conditions. */
export function EventChoice(props: {
  label: string
  value: EventFilter
  onChange: (next: EventFilter) => void
  /** What no name stands for. Default: any event. */
  any?: string
}) {
  const { label, value, onChange, any = t('event.any') } = props
  const { event, where = [] } = value
  const { from, to } = useRange()
  const known = useAnalysis<'properties'>({ type: 'properties', from, to })
  const names = [...new Set([...(known.data?.events ?? []).map((each) => each.event), ...(event ? [event] : [])])]
  const change = (next: EventFilter) =>
    onChange({ ...(next.event && { event: next.event }), ...(next.where?.length && { where: next.where }) })
  return (
    <fieldset className="event-choice">
      <legend>{label}</legend>
      <select
        className="select"
        aria-label={t('event.label', { label })}
        value={event ?? ''}
        onChange={({ target }) => change({ event: target.value, where })}
      >
        <option value="">{any}</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {describeEvent(name)}
          </option>
        ))}
      </select>
      <FilterEditor
        conditions={where}
        max={maxConditions}
        onChange={(next) => change({ ...(event && { event }), where: next })}
      />
    </fieldset>
  )
}
