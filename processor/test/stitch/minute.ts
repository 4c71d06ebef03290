export const minuteOf = (timestamp: number): number => Math.floor(timestamp / 60_000) * 60_000
