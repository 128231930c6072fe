"""What `rank`, `calibrate`, `select` and `assign` tell with --help: columns, rules and formulas, whole, so that an
outsider can compute every result again with other tools."""

from __future__ import annotations

FILES = """
files:
  FILE is CSV (or - for standard input): UTF-8, with or without a byte-order mark, UTF-16 or Windows-1252; fields
  between , or ; or tabs; columns in any order, others are passed over; column names in English or French, in
  any case, accents or not; lines that end in LF or CRLF; decimals with a point or a comma, or a fraction such
  as 100/7. Names are compared as they are written, without the spaces around them.

exit status: 0 done · 2 refused, with the reason (in French, as on screen) on standard error"""

RANK = f"""
input: the replay export of a round (JSON), or CSV with the columns
  project (projet)   juror (juré)   score (note): one line per sheet; a line without a score is no score, not 0;
                                    two scores of a juror for a project are refused

rules, from CSV:
  Official score of a project: the mean of its scores, exactly, as a fraction. --score median stands from 3
  scores on, --score trimmed (the mean without the lowest and the highest) from 5 on; below, the mean.
  Projects are sorted on the unrounded score. Equal scores share a rank (1, 2, 2, 4) unless --seed is given:
  then lots place them, lower first, the lot being SHA-256 of "SEED|PROJECT" in UTF-8.
rules, from a replay export: those that the export holds (weights, levels, minimums, ties, votes, seed).
  It names no juror: the sheets that count stand under their project.
  A sheet is worth 20·Σ w·(s/M)/Σ w.

output, from CSV: rank, project, score (two decimals, half to even), exact (the fraction), readings
  With --json: the same by name; from a replay export also eliminated, decided_by and whether the ranking
  equals the published one.
{FILES}
  rank of a replay export: 0 equal to the published ranking · 1 it differs · 2 refused"""

CALIBRATE = f"""
input columns:
  project (projet)   juror (juré)   score (note): one line per sheet; a line without a score is no score, not 0;
                                    two scores of a juror for a project are refused
  The secretary has such a file of each round that is closed, with pseudonyms: see the page of its minutes.

model: y_ij = μ + θ_i + b_j + ε_ij, project i, juror j; μ fixed, θ ~ N(0, τ²), b ~ N(0, β²), ε ~ N(0, σ²),
  independent. τ², β², σ² by REML, each ≥ 0 (exactly 0 where the likelihood is highest there), or as given by
  --variances. Then best linear unbiased predictions (Henderson's equations) as if the variances were known:
  no standard error holds the uncertainty of the variances themselves.

output (CSV: three tables with an empty line between, six decimals; --table prints one; --json: all digits):
  model
    mean, mean_standard_error      μ̂ (generalised least squares), and its standard error
    variance_project|juror|noise   τ², β², σ²
    icc_a1                         τ²/(τ²+β²+σ²), of one juror's score
    icc_mean                       τ²/(τ²+(β²+σ²)/k), of a mean of k scores; k: readings_harmonic_mean, the
                                   harmonic mean of the readings per project
    krippendorff_alpha             interval metric, over the projects with two readings or more
    scores                         how many there are
    (nothing, or null, where a coefficient is not defined)
  projects, best corrected score first
    readings, mean                 how many scores, and their raw mean
    corrected                      μ̂ + θ̂_i
    standard_error                 root of Var(μ̂ + θ̂_i − μ − θ_i): the uncertainty of the mean is in it
    effect, effect_standard_error  θ̂_i, and the root of V_ii; V = Var(θ̂ − θ), the mean estimated with it
    expected_rank                  1 + Σ_k≠i Φ((θ̂_k − θ̂_i)/√(V_ii + V_kk − 2V_ik)), Φ the normal distribution
    chance, zone                   with --funded K: how often among the best K in 10,000 draws of N(θ̂, V);
                                   safe from 0.9 on, below up to 0.1, else grey
  jurors, by name
    sheets                         how many scores
    severity                       b̂_j; above 0: kinder than the others, below 0: more severe
    standard_error                 root of Var(b̂_j − b_j)

refused: scores that do not hang together (a project and a juror are linked by a score; every group is named);
  a juror with fewer than 4 scores or a project with fewer than 3 (--force leaves these two out); with REML, a
  single project or juror.
{FILES}"""

SELECT = f"""
input columns, one line per project, without the eliminated ones:
  project (projet)
  rank (rang) or score (note)    best: the lowest rank, or the highest score where no line has a rank
  asked (demande, montant)       euros, at most two decimals, above 0
  minimum                        optional: the least the project can be done with; used with --partial
  first_year (première année)    optional: what of it falls in the first year; used with --yearly

rules: projects are served best first, in whole cents; the sum never exceeds the envelope.
  A project gets all it asks where that fits in what is left ("exactly" fits). Where it does not fit:
  --rule stop    nobody behind is served any more
  --rule skip    it is passed over, and the next ones that fit are served
  --partial      before that: it gets all that is left, where it named a minimum and that is enough for it;
                 under stop it is the last one
  --yearly N     awards over N years (1 to 3) that weigh year by year: only the first of N equal instalments
                 counts, or what first_year says of a project that asks for other years, in proportion where its
                 award is cut; the cents that do not divide come one by one with the first years
  --unit EUROS   a cut award is a whole number of these
  Equal ranks or scores are refused, unless --seed is given: then lots place them, lower first, the lot being
  SHA-256 of "SEED|PROJECT" in UTF-8.

output: rank (place in that order, from 1), project, result (full, partial, reserve), asked, awarded: those with
  an award, then the reserve in its order; then, after an empty line, envelope, committed, remaining.
  Amounts in euros with two decimals, in JSON as text.
{FILES}"""

ASSIGN = f"""
input: CSV, one line per pair
  project (projet)   juror (juré)   one of them alone makes it known
  affinity (affinité)               0 to 1; none: 0
  conflict (conflit)                1, x, oui, yes, true: the juror never gets the project; empty, 0, non, no
  language (langue)                 of the project, as fr or français; none: French
  languages (langues)               that the juror reads, as "fr, pt"; none: French
  college                           of the juror
  min, max                          how many projects the juror reads at least and at most; none: no limit of their
                                    own. Said on one line of the juror or on several alike.
or JSON: {{"projects": ["P1", {{"id": "P2", "language": "pt"}}],
  "jurors": ["J1", {{"id": "J2", "min": 3, "max": 10, "languages": "fr, pt", "college": "élus"}}],
  "affinities": [{{"juror": "J1", "project": "P1", "affinity": 0.8}}],
  "conflicts": [{{"juror": "J1", "project": "P2"}}]}}

rules: every project gets --readings jurors, every juror between --min and --max projects (the higher of --min
  and their own min, the lower of --max and their own max); never across a conflict, nor in a language that the
  juror does not read. Among these the cheapest (a minimum-cost flow):
  − affinity of each pair, + 0.1·k for a juror's reading number k (from 0), + 0.5·k for reader number k (from 0)
  of one college on a project; pairs of one cost are told apart by a lot of at most 0.0001, from SHA-256 of
  "SEED|PROJECT|JUROR". Then jurors are exchanged between two projects, loads kept: until any two projects can
  be compared through common jurors, and until the worst-served project cannot be served better that way.
  The same file and seed give the same pairs, in whatever order the lines stand.

output: project, juror, one line per reading. With --json: pairs, loads (readings per juror), affinity (sum),
  worst_project_affinity (lowest sum of a project), connected (a calibration would not be refused for lack of
  links), one_college (projects whose several readers are all of one college, where there are several).
{FILES}
  An assignment that cannot exist is refused: which demand exceeds which supply, and what would mend it."""
