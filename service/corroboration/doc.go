// Package corroboration says how many independent origins stand behind what is
// claimed about one aspect of one subject, and why. It stores nothing: a
// support is computed from one snapshot of claims, sources and ties.
//
// # Origins
//
// An unrelayed claim's origin is its source. A claim is relayed if its basis
// (its own, or else its source's) is RELAYED; its origins are found by
// following the sources that it names in relays: through that source's own
// claims of the same stance where it has some, else to the source itself. Where
// the source named speaks here in another stance only, it is the origin and is
// left out; where it is itself relayed and has no claim here, the claim is
// unresolved, as is a relayed claim that names nobody.
//
// The possible origins of an unresolved claim are what the relays of its
// source reach or, where it named a relayed source without a claim, what that
// source's relays reach: having said more never widens them. They are
// followed as above, and on through the relays of relayed sources, as if every
// claim on the way had named all of them. A source whose own claim takes
// another stance is no possible origin. Where nothing is reached, the claim has
// one unknown origin of its own, which whoever may go back to the claim shares.
//
// Relays that lead back to themselves are one unknown origin for all that is
// tangled up in them, beside whatever else they relay: a counted one for the
// claims that lead there by naming sources, a possible one for the others.
//
// # The two bounds
//
// at_most is the counted origins, those joined by known ties counted once; plus
// a largest pairing of unresolved claims, none of whose possible origins is
// counted, with distinct possible origins (those joined by known ties being
// one). In a StanceSupport it is always the sum of known_distinct over the
// groups, the number of cycles, and the number of unresolved claims counted.
// at_least is the groups of grounded counted origins after joining by all ties
// but POSSIBLY_SAME ones that a SEPARATED between the same two takes back, and
// 1 where that is 0 and at_most is not. Ties join through thirds, whether or
// not the thirds have claims here.
//
// # Values
//
// A value is taken apart: a count into "at least" and "at most", places into
// single ones with their part (none stated: AT), a composition into the two
// bounds of its group. A value is entailed if each of its parts is. Words
// bound nothing, and neither does best alone; a value without bounds is
// entailed by nothing. A relay is flagged if any of its parts is entailed by
// no own claim of one of its origins; it then backs no value. Places,
// attitudes, statuses, roles and what is said of persons agree where one
// entails the other.
//
// A claim graded 1 is flagged while fewer than two independent origins stand
// for what it says. What is withheld (Evidence.Withheld) is compared with
// nothing: it neither backs a value nor differs from one.
//
// # Cost
//
// The three stances, the flags and the bounds of counts and compositions cost
// what is linear in claims, relays and ties, apart from sorting, from the
// number of different groups of a composition, and from the pairing of
// unresolved claims: that takes as many passes over the relays as it needs to
// grow, few unless thousands of them share fewer possible origins. Times and
// places are compared pair by pair, so they are quadratic in the number of
// different ones asserted, not in claims. Agreement costs the sum of the sizes
// of the agreeing sets; grades of 1 cost a count for each different value that
// they stand on; for durations (acts that last) it is cubic in the
// number of different ones.
//
// What is listed is bounded too, since a reply is; counts never are. Beyond
// the bounds of listing.go a value or an agreement carries its counts without
// its claims, and a claim names only the first of its origins; a Flag without
// kind then says what was shortened.
package corroboration
