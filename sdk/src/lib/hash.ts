/** 64 bits in the manner of FNV-1a: tells values apart. It keeps no secret: whoever guesses a value can check the guess. */
export function hashOf(text: string): string {
  let [one, two] = [0x811c9dc5, 0x01000193]
  for (let index = 0; index < text.length; index++) {
    one = Math.imul(one ^ text.charCodeAt(index), 0x01000193)
    two = Math.imul(two ^ one, 0x85ebca6b) ^ (two >>> 13)
  }
  return [one, two].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
