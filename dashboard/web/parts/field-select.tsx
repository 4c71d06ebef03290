import type { Field } from '@trailstitch/protocol'
import { useAnalysis } from '../app/use-analysis.ts'
import { useRange } from '../app/use-search.ts'
import { t } from '../texts/t.ts'
import { describeField, fieldNames } from './fields.ts'

const plainFields = Object.keys(fieldNames) as Field[]

/** The events and fields that there are in the range; of one event, when it is named. */
export function useKnown(event?: string) {
  const { from, to } = useRange()
  return useAnalysis<'properties'>({ type: 'properties', from, to, ...(event !== undefined && { event }) })
}

export interface FieldSelectProps<Value extends Field | undefined> {
  label: string
  value: Value
  onChange: (field: Value) => void
  /** Names the choice of no field at all. Left out: one has to be chosen. */
  none?: string
  /** The event whose properties are offered. Default: those of all. */
  event?: string | undefined
}

/** Chooses a field: what every event has, what was sent with it, or what is known of the person. */
export function FieldSelect<Value extends Field | undefined>(props: FieldSelectProps<Value>) {
  const { label, value, onChange, none, event } = props
  const known = useKnown(event)
  const seen = [...(known.data?.fields ?? []).map(({ field }) => field), ...(value === undefined ? [] : [value])]
  const own = (prefix: string) => [...new Set(seen.filter((field) => field.startsWith(prefix)))]
  const groups = { plain: plainFields, properties: own('properties.'), traits: own('traits.') }
  return (
    <select
      className="select"
      aria-label={label}
      value={value ?? ''}
      onChange={(change) => onChange((change.target.value || undefined) as Value)}
    >
      {none !== undefined && <option value="">{none}</option>}
      {(['plain', 'properties', 'traits'] as const).map(
        (group) =>
          groups[group].length > 0 && (
            <optgroup key={group} label={t(`field.${group}`)}>
              {groups[group].map((field) => (
                <option key={field} value={field}>
                  {describeField(field)}
                </option>
              ))}
            </optgroup>
          ),
      )}
    </select>
  )
}
