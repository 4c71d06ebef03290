import { useState } from 'react'

/** A whole number between two others. What is none, or lies outside, is not told, and gone when the focus leaves. */
export function NumberInput(props: {
  label: string
  value: number
  min: number
  max: number
  /** What the number is of, shown after it in the place of the label. */
  unit?: string
  onChange: (value: number) => void
}) {
  const { label, value, min, max, unit, onChange } = props
  const [typed, setTyped] = useState<string>()
  return (
    <label className="field">
      {unit === undefined ? label : <span className="visually-hidden">{label}</span>}
      <input
        type="number"
        className="select number-input"
        min={min}
        max={max}
        value={typed ?? value}
        onChange={({ target }) => {
          setTyped(target.value)
          const next = Number(target.value)
          if (target.value !== '' && Number.isInteger(next) && next >= min && next <= max) onChange(next)
        }}
        onBlur={() => setTyped(undefined)}
      />
      {unit !== undefined && <span aria-hidden="true">{unit}</span>}
    </label>
  )
}
