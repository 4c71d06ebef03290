/** A labelled list of which one is chosen. */
export function Choice<Value extends string>(props: {
  label: string
  value: Value
  options: readonly (readonly [Value, string])[]
  onChange: (value: Value) => void
}) {
  const { label, value, options, onChange } = props
  return (
    <label className="field">
      {label}
      <select className="select" value={value} onChange={({ target }) => onChange(target.value as Value)}>
        {options.map(([each, name]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A few choices side by side, of which one is chosen. */
export function Segments<Value extends string>(props: {
  label: string
  value: Value
  options: readonly (readonly [Value, string])[]
  onChange: (value: Value) => void
}) {
  const { label, value, options, onChange } = props
  return (
    <fieldset className="segments" aria-label={label}>
      {options.map(([each, name]) => (
        <button type="button" key={each} aria-pressed={each === value} onClick={() => onChange(each)}>
          {name}
        </button>
      ))}
    </fieldset>
  )
}
