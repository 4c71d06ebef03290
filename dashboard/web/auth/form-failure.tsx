/** Is there from the start, so that screen readers hear what comes into it. */
export function FormFailure({ text }: { text: string | undefined }) {
  return (
    <div role="alert" className="bad">
      {text}
    </div>
  )
}
