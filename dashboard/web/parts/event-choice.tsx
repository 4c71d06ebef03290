import type { EventFilter } from '@trailstitch/protocol'
import { EventConditions, EventSelect } from './event-filter.tsx'

interface EventChoiceProps {
  label: string
  value: EventFilter
  onChange: (next: EventFilter) => void
  /** What no name stands for. Default: any event. */
  any?: string
}

/** Asks which events are meant, under a heading of its own: a name, of those in the range, and conditions. */
export function EventChoice({ label, value, onChange, any }: EventChoiceProps) {
  return (
    <fieldset className="event-choice">
      <legend>{label}</legend>
      <EventSelect name={label} filter={value} any={any} onChange={onChange} />
      <div className="bar">
        <EventConditions name={label} filter={value} onChange={onChange} />
      </div>
    </fieldset>
  )
}
