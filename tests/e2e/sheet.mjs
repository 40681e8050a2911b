// The README's picture: some screens beside each other, and whether it still is what the page looks like.
import { readFileSync } from "node:fs";

/** Largest mean difference of a channel, of 255. Another version of the browser smooths letters another way. */
const MOST = 6;

export async function sheet(context, files) {
  const page = await context.newPage();
  await page.setViewportSize({ width: 1280, height: 290 });
  const images = files.map((file) => `<img src="data:image/png;base64,${readFileSync(file).toString("base64")}">`);
  await page.setContent(`<style>body { margin: 0; padding: 12px; display: grid; gap: 12px; background: #d5dae1;
    grid-template-columns: repeat(${files.length}, 1fr) } img { width: 100%; display: block }</style>${images.join("")}`);
  const picture = await page.screenshot();
  await page.close();
  return picture;
}

export async function compare(context, fresh, kept) {
  const page = await context.newPage();
  const result = await page.evaluate(async ([one, other]) => {
    const pixels = async (data) => {
      const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      canvas.drawImage(bitmap, 0, 0);
      return canvas.getImageData(0, 0, bitmap.width, bitmap.height);
    };
    const [a, b] = [await pixels(one), await pixels(other)];
    const size = `${a.width}×${a.height}, kept ${b.width}×${b.height}`;
    if (a.width !== b.width || a.height !== b.height) return { size };
    let sum = 0;
    for (let at = 0; at < a.data.length; at += 1) sum += Math.abs(a.data[at] - b.data[at]);
    return { mean: sum / a.data.length };
  }, [fresh.toString("base64"), kept.toString("base64")]);
  await page.close();
  const differs = Boolean(result.size) || result.mean > MOST;
  const mean = () => `mean difference ${result.mean.toFixed(2)} of 255, at most ${MOST}: look, and keep it with --keep`;
  return { differs, why: result.size ?? mean() };
}
