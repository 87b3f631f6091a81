from __future__ import annotations

from bookbuild.site.assets import trim_mathjax
from bookbuild.site.hosting import sitemap


def test_only_the_listed_parts_of_mathjax_remain(tmp_path):
    kept = ["tex-chtml.js", "output/chtml/fonts/woff-v2/a.woff", "input/tex/extensions/ams.js"]
    dropped = ["tex-svg.js", "output/svg/fonts/tex.js", "output/chtml.js", "sre/maps/base.json"]
    for name in [*kept, *dropped]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    trim_mathjax(tmp_path)
    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert left == sorted(kept)
    assert not (tmp_path / "sre").exists()


def test_a_sitemap_escapes_addresses():
    assert "<loc>https://a.org/x&amp;y.html</loc>" in sitemap("https://a.org/", ["x&y.html"])
