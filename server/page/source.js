// A list of photos that grows page by page.

/** Fires `change` when photos are added, changed or removed, and `fail` when a page cannot be loaded. */
export class Source extends EventTarget {
  photos = [];
  isComplete = false;
  #next;
  #load;
  #loading;

  /** `load` takes the cursor of a page and resolves to `{ photos, next }`. */
  constructor(load) {
    super();
    this.#load = load;
  }

  /** Loads the next page, unless there is none or one is already loading. */
  more() {
    if (this.isComplete) return Promise.resolve();
    this.#loading ??= this.#append(this.#load(this.#next)).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #append(loading) {
    try {
      const page = await loading;
      this.photos = this.photos.concat(page.photos);
      this.#next = page.next ?? undefined;
      this.isComplete = this.#next === undefined;
      this.#changed();
    } catch (failure) {
      this.dispatchEvent(Object.assign(new Event('fail'), { failure }));
    }
  }

  /** Reloads all loaded pages after photos are added. */
  async reload() {
    while (this.#loading) await this.#loading.catch(() => undefined);
    this.#loading = this.#readAgain().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #readAgain() {
    const wanted = Math.max(this.photos.length, 1);
    let [photos, next, isFirst] = [[], undefined, true];
    while (isFirst || (next && photos.length < wanted)) {
      const page = await this.#load(next);
      photos = photos.concat(page.photos);
      next = page.next ?? undefined;
      isFirst = false;
    }
    [this.photos, this.#next, this.isComplete] = [this.#sameWhereEqual(photos), next, next === undefined];
    this.#changed();
  }

  /** Keeps the objects of photos that did not change, so that their tiles are not redrawn. */
  #sameWhereEqual(photos) {
    const known = new Map(this.photos.map((photo) => [photo.uuid, photo]));
    return photos.map((photo) => {
      const before = known.get(photo.uuid);
      return before && JSON.stringify(before) === JSON.stringify(photo) ? before : photo;
    });
  }

  /** Changes photos. `change` is an object, or a function that takes the photo. */
  update(uuids, change) {
    const chosen = new Set(uuids);
    this.photos = this.photos.map((photo) => (chosen.has(photo.uuid) ? { ...photo, ...change } : photo));
    this.#changed();
  }

  /** Removes photos. */
  remove(uuids) {
    const chosen = new Set(uuids);
    this.photos = this.photos.filter((photo) => !chosen.has(photo.uuid));
    this.#changed();
  }

  /** Returns the index of a photo, or -1 if it is not in the list. */
  indexOf(uuid) {
    return this.photos.findIndex((photo) => photo.uuid === uuid);
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
