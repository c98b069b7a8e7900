/** What can be handed on about a show whose page is at `base`, with or without a folder that a proxy put in front. */
export function shareAddresses(base: string): { readonly page: string; readonly vlc: string; readonly embedCode: string } {
  const page = new URL(base);
  page.search = page.hash = "";
  const embed = new URL("embed", page).href.replace(/&/g, "&amp;").replace(/"/g, "&quot;");
  return {
    page: page.href,
    vlc: new URL("live.m3u8", page).href,
    embedCode: `<iframe src="${embed}" width="640" height="360" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>`,
  };
}
