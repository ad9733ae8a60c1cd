// Offers each chart as a PNG: its own SVG file, drawn by the browser. SVG and CSV need no script.
"use strict";

(() => {
  const SHARPNESS = 3;

  const rasterise = async (address) => {
    const picture = new Image();
    const drawn = new Promise((resolve, reject) => {
      picture.onload = resolve;
      picture.onerror = () => reject(new Error(address));
    });
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(address);
    picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(await answer.text());
    await drawn;
    const canvas = document.createElement("canvas");
    canvas.width = picture.width * SHARPNESS;
    canvas.height = picture.height * SHARPNESS;
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  };

  const save = async (link) => {
    const file = URL.createObjectURL(await rasterise(link.href));
    const download = document.createElement("a");
    download.href = file;
    download.download = link.pathname.split("/").pop().replace(/svg$/, "png");
    download.click();
    setTimeout(() => URL.revokeObjectURL(file), 10000);
  };

  for (const link of document.querySelectorAll("a[data-drawing]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "as-link";
    button.textContent = "PNG";
    button.addEventListener("click", () => save(link).catch(() => link.click()));
    link.after(" ", button);
  }
})();
