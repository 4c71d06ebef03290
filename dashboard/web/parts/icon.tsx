import { type IconName, icons } from './icons.ts'

/** A line drawing in the colour of the text around it. It says nothing to screen readers: the button or label beside it does. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      className="icon"
    >
      <path d={icons[name]} />
    </svg>
  )
}
