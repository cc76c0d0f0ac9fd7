// The selected photos.

/** Fires `change`. */
export class Selection extends EventTarget {
  #chosen = new Set();
  #anchor;

  /** `true` while photos are selected, or while a tap selects instead of opening. */
  isActive = false;

  get uuids() {
    return [...this.#chosen];
  }

  get size() {
    return this.#chosen.size;
  }

  has(uuid) {
    return this.#chosen.has(uuid);
  }

  /** Selects or deselects a photo. With `isRange`, selects all photos since the last selected one. */
  toggle(photos, index, isRange = false) {
    const { uuid } = photos[index];
    if (isRange && this.#anchor !== undefined) {
      const [first, last] = [Math.min(this.#anchor, index), Math.max(this.#anchor, index)];
      for (const photo of photos.slice(first, last + 1)) this.#chosen.add(photo.uuid);
    } else if (!this.#chosen.delete(uuid)) {
      this.#chosen.add(uuid);
    }
    this.#anchor = index;
    this.isActive = true;
    this.#changed();
  }

  /** Makes taps select from now on. */
  begin() {
    this.isActive = true;
    this.#changed();
  }

  selectAll(photos) {
    for (const photo of photos) this.#chosen.add(photo.uuid);
    this.isActive = true;
    this.#changed();
  }

  clear() {
    if (!this.isActive) return;
    this.#chosen.clear();
    this.isActive = false;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
