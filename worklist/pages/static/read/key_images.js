/** The chosen key images as small pictures: a click opens the image, a cross takes it off the list. */

import { copyOf } from "../page/elements.js";

export const sameImage = (one, other) => one.sop_instance_uid === other.sop_instance_uid && one.frame === other.frame;

/** Add an image to a list of key images, or take it off; the list given stays as it is. */
export function toggled(images, image) {
  const without = images.filter((other) => !sameImage(other, image));
  return without.length < images.length ? without : [...images, image];
}

/** Show key images; without `onRemove` they cannot be taken off. */
export function showKeyImages(list, images, { locate, onOpen, onRemove = null }) {
  const found = images.map((image) => ({ image, place: locate(image) })).filter(({ place }) => place);
  list.replaceChildren(...found.map(({ image, place }) => entry(image, place, onOpen, onRemove)));
}

function entry(image, place, onOpen, onRemove) {
  const item = copyOf("key-image");
  const open = item.querySelector(".key-image-open");
  item.querySelector("img").src = place.thumbnail;
  item.querySelector("span").textContent = place.words;
  open.setAttribute("aria-label", `Show key image, ${place.words}`);
  open.addEventListener("click", () => onOpen(image));
  const remove = item.querySelector(".key-image-remove");
  remove.hidden = !onRemove;
  remove.setAttribute("aria-label", `Remove key image, ${place.words}`);
  if (onRemove) remove.addEventListener("click", () => onRemove(image));
  return item;
}
