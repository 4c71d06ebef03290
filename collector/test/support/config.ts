/** How long the fuzz run lasts, and where it starts: `FUZZ_SECONDS=600 FUZZ_SEED=42`. Defaults: 5 s, a new seed. */
export const fuzz = {
  seconds: Number(process.env.FUZZ_SECONDS ?? 5),
  seed: Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31),
}
