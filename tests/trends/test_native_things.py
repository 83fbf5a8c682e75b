"""What an address leads to: one native id for every spelling of a thing, and none for a page like any other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.addresses import Address, parse_address
from nophantom.trends.documents import Family, Kind
from nophantom.trends.native_ids import LONGEST_ID, thing_behind
from nophantom.trends.native_things import NativeThing, home_of, native_id_of, thing_at

KNOWN = {
    # GitHub: whatever stands behind the repository, and under whatever case
    "https://github.com/Zorb-Lang/Zorb": "github:zorb-lang/zorb",
    "http://www.github.com/zorb-lang/zorb/": "github:zorb-lang/zorb",
    "https://github.com/zorb-lang/zorb.git": "github:zorb-lang/zorb",
    "https://github.com/zorb-lang/zorb/tree/main/src?x=1#L7": "github:zorb-lang/zorb",
    "https://github.com/zorb-lang/zorb/releases/tag/v1.0": "github:zorb-lang/zorb",
    "https://github.com/zorb-lang/zorb/issues": "github:zorb-lang/zorb",
    "https://github.com/zorb-lang/zorb/issues/new": "github:zorb-lang/zorb",
    "https://github.com/zorb-lang/zorb/wiki/issues/7": "github:zorb-lang/zorb",
    "https://raw.githubusercontent.com/zorb-lang/zorb/main/README.md": "github:zorb-lang/zorb",
    "https://github.com/zorb-lang/zorb.js": "github:zorb-lang/zorb.js",
    "https://github.com/zorb-lang/amp": "github:zorb-lang/amp",
    "https://github.com/Zorb-Lang/Zorb/issues/7": "github:zorb-lang/zorb#7",
    "https://github.com/zorb-lang/zorb/pull/007/files": "github:zorb-lang/zorb#7",
    "https://github.com/zorb-lang/zorb/discussions/12#discussioncomment-1": "github:zorb-lang/zorb#12",
    # Hacker News
    "https://news.ycombinator.com/item?id=41000001": "hn:41000001",
    "http://news.ycombinator.com/item?id=041000001&p=2#41000009": "hn:41000001",
    # arXiv and its mirrors
    "https://arxiv.org/abs/1706.03762": "arxiv:1706.03762",
    "http://arxiv.org/abs/1706.03762v5": "arxiv:1706.03762",
    "https://arxiv.org/pdf/1706.03762.pdf": "arxiv:1706.03762",
    "https://arxiv.org/pdf/1706.03762v5.pdf": "arxiv:1706.03762",
    "https://arxiv.org/pdf/1706.03762": "arxiv:1706.03762",
    "https://arxiv.org/html/1706.03762v5": "arxiv:1706.03762",
    "https://arxiv.org/format/1706.03762": "arxiv:1706.03762",
    "https://export.arxiv.org/abs/1706.03762": "arxiv:1706.03762",
    "https://browse.arxiv.org/pdf/1706.03762.pdf": "arxiv:1706.03762",
    "https://ar5iv.org/abs/1706.03762": "arxiv:1706.03762",
    "https://ar5iv.labs.arxiv.org/html/1706.03762": "arxiv:1706.03762",
    "https://www.alphaxiv.org/abs/1706.03762v5": "arxiv:1706.03762",
    "https://alphaxiv.org/overview/1706.03762": "arxiv:1706.03762",
    "https://huggingface.co/papers/1706.03762": "arxiv:1706.03762",
    "https://doi.org/10.48550/arXiv.1706.03762": "arxiv:1706.03762",
    "https://doi.org/10.48550/ARXIV.1706.03762": "arxiv:1706.03762",
    "https://dx.doi.org/10.48550/arXiv.math/0309136": "arxiv:math/0309136",
    "https://arxiv.org/abs/math.GT/0309136v1": "arxiv:math/0309136",
    "https://arxiv.org/pdf/hep-th/9901001v2.pdf": "arxiv:hep-th/9901001",
    # Stack Exchange
    "https://stackoverflow.com/q/78000001": "se:stackoverflow/78000001",
    "https://stackoverflow.com/questions/78000001/how-to-index": "se:stackoverflow/78000001",
    "https://stackoverflow.com/questions/78000001/how-to-index/78000009#78000009": "se:stackoverflow/78000001",
    "https://superuser.com/questions/7/x": "se:superuser/7",
    "https://serverfault.com/q/7/1": "se:serverfault/7",
    "https://askubuntu.com/questions/7": "se:askubuntu/7",
    "https://unix.stackexchange.com/questions/7/x": "se:unix/7",
    "https://unix.meta.stackexchange.com/q/7": "se:unix.meta/7",
    "https://meta.stackexchange.com/q/7": "se:meta/7",
    "https://ru.stackoverflow.com/q/7": "se:ru.stackoverflow/7",
    "https://mathoverflow.net/questions/7/x": "se:mathoverflow.net/7",
    # Reddit under its many hosts
    "https://www.reddit.com/r/rust/comments/1abcde/vecdb_announced/": "reddit:t3_1abcde",
    "https://old.reddit.com/r/rust/comments/1ABCDE/": "reddit:t3_1abcde",
    "https://np.reddit.com/r/rust/comments/1abcde": "reddit:t3_1abcde",
    "https://m.reddit.com/r/rust/comments/1abcde/x/k7/?context=3": "reddit:t3_1abcde",
    "https://de.reddit.com/comments/1abcde": "reddit:t3_1abcde",
    "https://www.reddit.com/user/zorb/comments/1abcde/x": "reddit:t3_1abcde",
    "https://www.reddit.com/gallery/1abcde": "reddit:t3_1abcde",
    "https://redd.it/1abcde": "reddit:t3_1abcde",
    # Lobsters
    "https://lobste.rs/s/k7zorb": "lobsters:k7zorb",
    "https://lobste.rs/s/k7zorb/zorb_is_out#c_1": "lobsters:k7zorb",
    "https://lobste.rs/s/k7zorb.json": "lobsters:k7zorb",
    # Hugging Face
    "https://huggingface.co/Zorb/Zorb-7B": "hf:zorb/zorb-7b",
    "https://huggingface.co/zorb/zorb-7b/tree/main": "hf:zorb/zorb-7b",
    "https://hf.co/zorb/zorb-7b": "hf:zorb/zorb-7b",
    "https://huggingface.co/datasets/Zorb/corpus": "hf:datasets/zorb/corpus",
    "https://huggingface.co/spaces/Zorb/demo": "hf:spaces/zorb/demo",
    # DOI
    "https://doi.org/10.1000/XYZ123": "doi:10.1000/xyz123",
    "http://dx.doi.org/10.1000/xyz%2F123": "doi:10.1000/xyz/123",
    "https://www.doi.org/10.1145/3292500.3330701": "doi:10.1145/3292500.3330701",
    "https://dl.acm.org/doi/10.1145/3292500.3330701": "doi:10.1145/3292500.3330701",
    "https://dl.acm.org/doi/pdf/10.1145/3292500.3330701": "doi:10.1145/3292500.3330701",
    "https://onlinelibrary.wiley.com/doi/10.1111/cogs.12303/full": "doi:10.1111/cogs.12303",
    # packages
    "https://pypi.org/project/Zorb_Blax/": "pypi:zorb-blax",
    "https://pypi.org/project/zorb.blax/1.0/#files": "pypi:zorb-blax",
    "https://pypi.python.org/pypi/zorb-blax": "pypi:zorb-blax",
    "https://www.npmjs.com/package/@zorb/blax": "npm:@zorb/blax",
    "https://www.npmjs.com/package/%40zorb/blax/v/1.0.0": "npm:@zorb/blax",
    "https://npmjs.com/package/zorb?activeTab=readme": "npm:zorb",
    "https://crates.io/crates/zorb_blax/1.0.0": "crates:zorb-blax",
    "https://lib.rs/crates/zorb-blax": "crates:zorb-blax",
    "https://rubygems.org/gems/zorb/versions/1.0": "rubygems:zorb",
    "https://packagist.org/packages/Zorb/Blax": "packagist:zorb/blax",
    "https://www.nuget.org/packages/Zorb.Blax/1.0.0": "nuget:zorb.blax",
    "https://hex.pm/packages/zorb": "hex:zorb",
    "https://hackage.haskell.org/package/zorb-blax-1.0.2": "hackage:zorb-blax",
    "https://hackage.haskell.org/package/zorb-blax": "hackage:zorb-blax",
    "https://pkg.go.dev/github.com/zorb/blax/v2@v2.1.0/inner#Func": "go:github.com/zorb/blax",
    "https://pkg.go.dev/zorb.example/blax": "go:zorb.example/blax",
    "https://pub.dev/packages/zorb/versions": "pub:zorb",
    "https://jsr.io/@zorb/blax@1.0.0": "jsr:@zorb/blax",
    "https://hub.docker.com/r/zorb/blax/tags": "docker:zorb/blax",
    "https://hub.docker.com/_/zorb": "docker:library/zorb",
    "https://formulae.brew.sh/formula/zorb@2": "homebrew:zorb@2",
    "https://metacpan.org/dist/Zorb-Blax": "cpan:Zorb-Blax",
    "https://mvnrepository.com/artifact/org.zorb/blax/1.0": "maven:org.zorb/blax",
    # other forges, and films
    "https://gitlab.com/Zorb/group/blax": "gitlab:zorb/group/blax",
    "https://gitlab.com/zorb/blax.git": "gitlab:zorb/blax",
    "https://gitlab.com/zorb/blax/-/tree/main/src": "gitlab:zorb/blax",
    "https://gitlab.com/zorb/blax/-/issues/7": "gitlab:zorb/blax#7",
    "https://gitlab.com/zorb/blax/-/merge_requests/7/diffs": "gitlab:zorb/blax!7",
    "https://codeberg.org/Zorb/blax/src/branch/main": "codeberg:zorb/blax",
    "https://codeberg.org/zorb/blax/pulls/7": "codeberg:zorb/blax#7",
    "https://www.youtube.com/watch?v=Zorb-Blax_7&t=42s": "youtube:Zorb-Blax_7",
    "https://m.youtube.com/watch?t=1&v=Zorb-Blax_7": "youtube:Zorb-Blax_7",
    "https://youtu.be/Zorb-Blax_7?si=x": "youtube:Zorb-Blax_7",
    "https://www.youtube.com/shorts/Zorb-Blax_7": "youtube:Zorb-Blax_7",
}
PLAIN = [
    "https://gist.github.com/zorb/0123456789abcdef",
    "https://blog.github.com/zorb/blax",
    "https://zorb.github.io/blax",
    "https://github.com/zorb",
    "https://github.com/topics/zorb",
    "https://github.com/features/actions",
    "https://github.com/orgs/zorb/repositories",
    "https://github.com/sponsors/zorb",
    "https://github.com/marketplace/zorb",
    "https://github.com/search/zorb",
    "https://github.com/settings/tokens",
    "https://github.com/trending/rust",
    "https://github.com/collections/zorb",
    "https://github.com/zorb/..",
    "https://news.ycombinator.com/user?id=zorb",
    "https://news.ycombinator.com/item?id=x7",
    "https://news.ycombinator.com/",
    "https://arxiv.org/list/cs.LG/recent",
    "https://arxiv.org/abs/nonsense",
    "https://info.arxiv.org/help",
    "https://stackoverflow.com/a/78000009",
    "https://stackoverflow.com/questions/tagged/zorb",
    "https://stackexchange.com/questions/7",
    "https://www.reddit.com/r/rust/",
    "https://www.reddit.com/r/rust/s/AbCdEf",
    "https://i.redd.it/1abcde.png",
    "https://v.redd.it/1abcde",
    "https://lobste.rs/t/rust",
    "https://lobste.rs/c/k7zorb",
    "https://huggingface.co/zorb",
    "https://huggingface.co/docs/transformers",
    "https://huggingface.co/blog/zorb",
    "https://huggingface.co/datasets/zorb",
    "https://doi.org/",
    "https://doi.org/10.1/x",
    "https://pypi.org/search/?q=zorb",
    "https://pypi.org/project/",
    "https://blog.crates.io/crates/zorb",
    "https://pkg.go.dev/search?q=zorb",
    "https://pkg.go.dev/net/http",
    "https://gitlab.com/zorb",
    "https://gitlab.com/explore/projects",
    "https://about.gitlab.com/zorb/blax",
    "https://www.youtube.com/@zorb",
    "https://www.youtube.com/watch?v=short",
    "https://github.com:8080/zorb/blax",
    "https://a.example/zorb/blax",
]


def address(url: str) -> Address:
    found = parse_address(url)
    assert found is not None, url
    return found


def known(url: str) -> NativeThing:
    found = native_id_of(address(url))
    assert found is not None, url
    return found


@pytest.mark.parametrize(("url", "native_id"), KNOWN.items())
def test_an_address_of_a_known_source_gives_the_native_id(url: str, native_id: str) -> None:
    thing = known(url)
    assert thing.native_id == native_id
    assert thing == thing_at(address(url))


@pytest.mark.parametrize("url", PLAIN)
def test_an_address_of_no_known_thing_is_a_page_of_the_web(url: str) -> None:
    assert native_id_of(address(url)) is None
    thing = thing_at(address(url))
    assert (thing.space, thing.family, thing.kind) == ("web", Family.WEB, Kind.POST)


def test_the_table_covers_every_form() -> None:
    assert len(KNOWN) + len(PLAIN) >= 80
    assert {known(url).family for url in KNOWN} == set(Family) - {Family.FEED}


@pytest.mark.parametrize("url", KNOWN)
def test_the_home_of_a_thing_leads_to_the_same_thing(url: str) -> None:
    thing = known(url)
    again = known(home_of(thing))
    assert (again.native_id, again.family, again.kind, again.parent) == (
        thing.native_id,
        thing.family,
        thing.kind,
        thing.parent,
    )


@pytest.mark.parametrize("url", PLAIN)
def test_the_home_of_a_page_is_its_canonical_address(url: str) -> None:
    thing = thing_at(address(url))
    assert thing_at(address(home_of(thing))).native_id == thing.native_id


@pytest.mark.parametrize(
    ("url", "parent"),
    [
        ("https://github.com/Zorb/Blax/issues/7", "github:zorb/blax"),
        ("https://gitlab.com/zorb/group/blax/-/issues/7", "gitlab:zorb/group/blax"),
        ("https://codeberg.org/zorb/blax/issues/7", "codeberg:zorb/blax"),
    ],
)
def test_an_issue_is_a_post_about_its_repository(url: str, parent: str) -> None:
    thing = known(url)
    assert (thing.kind, thing.parent) == (Kind.POST, parent)
    assert thing.native_id == f"{parent}#7"


@pytest.mark.parametrize("url", [*KNOWN, *PLAIN])
def test_the_product_behind_an_address_is_the_thing_or_its_parent(url: str) -> None:
    product = thing_behind(address(url))[1]
    thing = native_id_of(address(url))
    if product is not None and not address(url).port:
        assert thing is not None
        assert product in {thing.native_id, thing.parent}


def test_an_id_that_is_too_long_identifies_nothing() -> None:
    assert native_id_of(address("https://doi.org/10.1000/" + "x" * LONGEST_ID)) is None


TAILS = st.sampled_from(["", "?utm_source=zorb", "?ref=a.example", "?fbclid=7"])
FRAGMENTS = st.sampled_from(["", "#top", "#issuecomment-7", "#L1-L9"])


@given(
    st.sampled_from([url for url in [*KNOWN, *PLAIN] if "?" not in url and "#" not in url]),
    st.sampled_from(["http://", "https://", "HTTPS://"]),
    st.sampled_from(["", "www."]),
    st.booleans(),
    TAILS,
    FRAGMENTS,
    st.booleans(),
)
def test_spelling_never_changes_what_an_address_leads_to(
    url: str, scheme: str, www: str, slash: bool, tail: str, fragment: str, loud: bool
) -> None:
    host, _, path = url.removeprefix("https://").removeprefix("http://").removeprefix("www.").partition("/")
    spelt = f"{scheme}{www}{host.upper() if loud else host}/{path.rstrip('/')}{'/' * slash}{tail}{fragment}"

    assert thing_at(address(spelt)).native_id == thing_at(address(url)).native_id


@given(st.text(max_size=80))
def test_whatever_stands_behind_a_known_host_gives_an_id_that_is_its_own(path: str) -> None:
    for host in ("github.com", "huggingface.co", "gitlab.com", "doi.org", "www.reddit.com", "pypi.org"):
        found = parse_address(f"https://{host}/{path}")
        assert found is not None
        thing = thing_at(found)
        assert len(thing.native_id) <= LONGEST_ID
        if thing.space != "web":
            assert thing_at(address(home_of(thing))).native_id == thing.native_id
