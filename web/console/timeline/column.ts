// A typed array that grows, and how to search one that is sorted.
type Typed = Float64Array | Uint32Array | Int32Array | Uint8Array | Int8Array;

export class Column<A extends Typed> {
  length = 0;
  constructor(public data: A) {}

  push(value: number): void {
    if (this.length === this.data.length) {
      const larger = new (this.data.constructor as new (length: number) => A)(Math.max(64, this.data.length * 2));
      larger.set(this.data as never);
      this.data = larger;
    }
    this.data[this.length++] = value;
  }
  at(index: number): number {
    return this.data[index] ?? 0;
  }
  last(otherwise: number): number {
    return this.length ? this.at(this.length - 1) : otherwise;
  }
}

/// The first index from `start` on whose value is not below `value`; gallops first, so that neighbours are found at once.
export function lowerBound(data: Typed, length: number, value: number, start = 0): number {
  let step = 1;
  let low = start;
  let high = start;
  while (high < length && (data[high] ?? 0) < value) {
    low = high + 1;
    high += step;
    step *= 2;
  }
  high = Math.min(high, length);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((data[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
