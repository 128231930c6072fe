"""France's départements: code, name, region, and the préfecture with its latitude and longitude in degrees."""

from __future__ import annotations

from dataclasses import dataclass

_TABLE = """
01 | Ain | Auvergne-Rhône-Alpes | Bourg-en-Bresse | 46.205 | 5.226
02 | Aisne | Hauts-de-France | Laon | 49.564 | 3.620
03 | Allier | Auvergne-Rhône-Alpes | Moulins | 46.566 | 3.333
04 | Alpes-de-Haute-Provence | Provence-Alpes-Côte d’Azur | Digne-les-Bains | 44.092 | 6.236
05 | Hautes-Alpes | Provence-Alpes-Côte d’Azur | Gap | 44.559 | 6.079
06 | Alpes-Maritimes | Provence-Alpes-Côte d’Azur | Nice | 43.703 | 7.266
07 | Ardèche | Auvergne-Rhône-Alpes | Privas | 44.735 | 4.599
08 | Ardennes | Grand Est | Charleville-Mézières | 49.762 | 4.726
09 | Ariège | Occitanie | Foix | 42.965 | 1.607
10 | Aube | Grand Est | Troyes | 48.297 | 4.074
11 | Aude | Occitanie | Carcassonne | 43.213 | 2.351
12 | Aveyron | Occitanie | Rodez | 44.351 | 2.575
13 | Bouches-du-Rhône | Provence-Alpes-Côte d’Azur | Marseille | 43.297 | 5.381
14 | Calvados | Normandie | Caen | 49.183 | -0.370
15 | Cantal | Auvergne-Rhône-Alpes | Aurillac | 44.926 | 2.440
16 | Charente | Nouvelle-Aquitaine | Angoulême | 45.649 | 0.156
17 | Charente-Maritime | Nouvelle-Aquitaine | La Rochelle | 46.160 | -1.151
18 | Cher | Centre-Val de Loire | Bourges | 47.081 | 2.399
19 | Corrèze | Nouvelle-Aquitaine | Tulle | 45.267 | 1.770
2A | Corse-du-Sud | Corse | Ajaccio | 41.919 | 8.739
2B | Haute-Corse | Corse | Bastia | 42.697 | 9.450
21 | Côte-d’Or | Bourgogne-Franche-Comté | Dijon | 47.322 | 5.041
22 | Côtes-d’Armor | Bretagne | Saint-Brieuc | 48.514 | -2.765
23 | Creuse | Nouvelle-Aquitaine | Guéret | 46.170 | 1.872
24 | Dordogne | Nouvelle-Aquitaine | Périgueux | 45.184 | 0.722
25 | Doubs | Bourgogne-Franche-Comté | Besançon | 47.238 | 6.024
26 | Drôme | Auvergne-Rhône-Alpes | Valence | 44.933 | 4.892
27 | Eure | Normandie | Évreux | 49.024 | 1.151
28 | Eure-et-Loir | Centre-Val de Loire | Chartres | 48.447 | 1.489
29 | Finistère | Bretagne | Quimper | 47.996 | -4.098
30 | Gard | Occitanie | Nîmes | 43.837 | 4.360
31 | Haute-Garonne | Occitanie | Toulouse | 43.605 | 1.444
32 | Gers | Occitanie | Auch | 43.646 | 0.586
33 | Gironde | Nouvelle-Aquitaine | Bordeaux | 44.838 | -0.579
34 | Hérault | Occitanie | Montpellier | 43.611 | 3.877
35 | Ille-et-Vilaine | Bretagne | Rennes | 48.117 | -1.678
36 | Indre | Centre-Val de Loire | Châteauroux | 46.811 | 1.691
37 | Indre-et-Loire | Centre-Val de Loire | Tours | 47.394 | 0.685
38 | Isère | Auvergne-Rhône-Alpes | Grenoble | 45.188 | 5.724
39 | Jura | Bourgogne-Franche-Comté | Lons-le-Saunier | 46.675 | 5.554
40 | Landes | Nouvelle-Aquitaine | Mont-de-Marsan | 43.894 | -0.500
41 | Loir-et-Cher | Centre-Val de Loire | Blois | 47.586 | 1.336
42 | Loire | Auvergne-Rhône-Alpes | Saint-Étienne | 45.440 | 4.387
43 | Haute-Loire | Auvergne-Rhône-Alpes | Le Puy-en-Velay | 45.043 | 3.885
44 | Loire-Atlantique | Pays de la Loire | Nantes | 47.218 | -1.554
45 | Loiret | Centre-Val de Loire | Orléans | 47.903 | 1.909
46 | Lot | Occitanie | Cahors | 44.448 | 1.441
47 | Lot-et-Garonne | Nouvelle-Aquitaine | Agen | 44.203 | 0.616
48 | Lozère | Occitanie | Mende | 44.518 | 3.500
49 | Maine-et-Loire | Pays de la Loire | Angers | 47.473 | -0.556
50 | Manche | Normandie | Saint-Lô | 49.115 | -1.091
51 | Marne | Grand Est | Châlons-en-Champagne | 48.957 | 4.363
52 | Haute-Marne | Grand Est | Chaumont | 48.111 | 5.139
53 | Mayenne | Pays de la Loire | Laval | 48.073 | -0.769
54 | Meurthe-et-Moselle | Grand Est | Nancy | 48.692 | 6.184
55 | Meuse | Grand Est | Bar-le-Duc | 48.773 | 5.160
56 | Morbihan | Bretagne | Vannes | 47.658 | -2.760
57 | Moselle | Grand Est | Metz | 49.119 | 6.176
58 | Nièvre | Bourgogne-Franche-Comté | Nevers | 46.990 | 3.159
59 | Nord | Hauts-de-France | Lille | 50.637 | 3.063
60 | Oise | Hauts-de-France | Beauvais | 49.430 | 2.083
61 | Orne | Normandie | Alençon | 48.432 | 0.091
62 | Pas-de-Calais | Hauts-de-France | Arras | 50.291 | 2.777
63 | Puy-de-Dôme | Auvergne-Rhône-Alpes | Clermont-Ferrand | 45.777 | 3.087
64 | Pyrénées-Atlantiques | Nouvelle-Aquitaine | Pau | 43.296 | -0.371
65 | Hautes-Pyrénées | Occitanie | Tarbes | 43.233 | 0.078
66 | Pyrénées-Orientales | Occitanie | Perpignan | 42.699 | 2.895
67 | Bas-Rhin | Grand Est | Strasbourg | 48.573 | 7.752
68 | Haut-Rhin | Grand Est | Colmar | 48.079 | 7.359
69 | Rhône | Auvergne-Rhône-Alpes | Lyon | 45.758 | 4.835
70 | Haute-Saône | Bourgogne-Franche-Comté | Vesoul | 47.623 | 6.155
71 | Saône-et-Loire | Bourgogne-Franche-Comté | Mâcon | 46.307 | 4.829
72 | Sarthe | Pays de la Loire | Le Mans | 48.006 | 0.199
73 | Savoie | Auvergne-Rhône-Alpes | Chambéry | 45.564 | 5.918
74 | Haute-Savoie | Auvergne-Rhône-Alpes | Annecy | 45.899 | 6.129
75 | Paris | Île-de-France | Paris | 48.857 | 2.352
76 | Seine-Maritime | Normandie | Rouen | 49.443 | 1.100
77 | Seine-et-Marne | Île-de-France | Melun | 48.540 | 2.660
78 | Yvelines | Île-de-France | Versailles | 48.805 | 2.134
79 | Deux-Sèvres | Nouvelle-Aquitaine | Niort | 46.323 | -0.465
80 | Somme | Hauts-de-France | Amiens | 49.894 | 2.296
81 | Tarn | Occitanie | Albi | 43.929 | 2.148
82 | Tarn-et-Garonne | Occitanie | Montauban | 44.018 | 1.355
83 | Var | Provence-Alpes-Côte d’Azur | Toulon | 43.125 | 5.931
84 | Vaucluse | Provence-Alpes-Côte d’Azur | Avignon | 43.949 | 4.806
85 | Vendée | Pays de la Loire | La Roche-sur-Yon | 46.671 | -1.426
86 | Vienne | Nouvelle-Aquitaine | Poitiers | 46.580 | 0.340
87 | Haute-Vienne | Nouvelle-Aquitaine | Limoges | 45.834 | 1.262
88 | Vosges | Grand Est | Épinal | 48.174 | 6.451
89 | Yonne | Bourgogne-Franche-Comté | Auxerre | 47.798 | 3.573
90 | Territoire de Belfort | Bourgogne-Franche-Comté | Belfort | 47.638 | 6.863
91 | Essonne | Île-de-France | Évry-Courcouronnes | 48.629 | 2.441
92 | Hauts-de-Seine | Île-de-France | Nanterre | 48.892 | 2.207
93 | Seine-Saint-Denis | Île-de-France | Bobigny | 48.909 | 2.440
94 | Val-de-Marne | Île-de-France | Créteil | 48.790 | 2.456
95 | Val-d’Oise | Île-de-France | Cergy | 49.036 | 2.076
971 | Guadeloupe | Guadeloupe | Basse-Terre | 15.996 | -61.727
972 | Martinique | Martinique | Fort-de-France | 14.605 | -61.067
973 | Guyane | Guyane | Cayenne | 4.938 | -52.330
974 | La Réunion | La Réunion | Saint-Denis | -20.879 | 55.448
976 | Mayotte | Mayotte | Mamoudzou | -12.781 | 45.228
"""


@dataclass(frozen=True)
class Departement:
    code: str
    name: str
    region: str
    town: str
    latitude: float
    longitude: float


def _read(line: str) -> Departement:
    code, name, region, town, latitude, longitude = line.split(" | ")
    return Departement(code, name, region, town, float(latitude), float(longitude))


DEPARTEMENTS = {one.code: one for one in map(_read, _TABLE.strip().splitlines())}
FRANCE: dict[str, str] = {code: one.name for code, one in DEPARTEMENTS.items()}
REGIONS: dict[str, tuple[str, ...]] = {
    region: tuple(one.code for one in DEPARTEMENTS.values() if one.region == region)
    for region in sorted({one.region for one in DEPARTEMENTS.values()})
}
"""The codes of each region's départements."""
