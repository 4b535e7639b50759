"""The usual chart of a small Estonian company: number, name, type, role, VAT treatment, VAT rate.

The order is that of the balance sheet and of income statement scheme 1 (raamatupidamise seadus, lisad 1 and 2); the
numbers are those that Estonian programs for small companies usually begin with. `std` is the standard rate of the day.
"""

from typing import Final

ROWS: Final = """
1000 | Kassa | asset | cash | |
1010 | Arvelduskonto | asset | bank | |
1020 | Teine arvelduskonto | asset | | |
1030 | Raha teel | asset | | |
1100 | Lühiajalised finantsinvesteeringud | asset | | |
1200 | Nõuded ostjate vastu | asset | receivables | |
1210 | Ebatõenäoliselt laekuvad nõuded | asset | | |
1220 | Nõuded aruandvate isikute vastu | asset | | |
1230 | Muud lühiajalised nõuded | asset | | |
1300 | Ettemaksed tarnijatele | asset | prepayments | |
1310 | Ettemakstud kulud | asset | | |
1400 | Maksude ettemaksukonto | asset | | |
1410 | Käibemaks ostudelt (sisendkäibemaks) | asset | input_vat | |
1500 | Kaubad ja materjalid | asset | | domestic | std
1510 | Ettemaksed varude eest | asset | | |
1700 | Maa ja ehitised | asset | | domestic | std
1710 | Masinad ja seadmed | asset | | domestic | std
1720 | Muu materiaalne põhivara | asset | | domestic | std
1730 | Põhivara kulum | asset | | |
1800 | Immateriaalne põhivara | asset | | domestic | std
2000 | Lühiajalised laenukohustised | liability | | |
2010 | Kapitalirendi kohustised | liability | | |
2100 | Võlad tarnijatele | liability | payables | |
2110 | Võlad aruandvatele isikutele | liability | | |
2120 | Võlad töövõtjatele | liability | | |
2200 | Ostjate ettemaksed | liability | prepayments | |
2300 | Käibemaks müügilt | liability | output_vat | |
2310 | Käibemaksu arvelduskonto | liability | | |
2320 | Tulumaks kinnipeetud | liability | | |
2330 | Sotsiaalmaks | liability | | |
2340 | Töötuskindlustusmaksed | liability | | |
2350 | Kogumispension | liability | | |
2360 | Erisoodustuse maksud | liability | | |
2370 | Ettevõtte tulumaks | liability | | |
2400 | Muud lühiajalised võlad | liability | | |
2500 | Pikaajalised laenukohustised | liability | | |
2900 | Osakapital | equity | | |
2910 | Kohustuslik reservkapital | equity | | |
2920 | Eelmiste perioodide jaotamata kasum | equity | | |
2930 | Aruandeaasta kasum | equity | | |
3000 | Müük Eestis | income | sales | domestic | std
3010 | Müük Eestis, majutus | income | sales | domestic | 13
3020 | Müük Eestis, vähendatud määr | income | sales | domestic | 9
3030 | Müük Eestis, 0 % | income | sales | zero_rated | 0
3040 | Maksuvaba käive | income | sales | exempt | 0
3050 | Müük pöördmaksustamisega (metall, kinnisvara) | income | sales | reverse_charge | 0
3060 | Ehitusteenuse müük pöördmaksustamisega | income | sales | construction_reverse_charge | 0
3100 | Kauba ühendusesisene käive | income | sales | intra_eu_supply_goods | 0
3110 | Teenuste müük Euroopa Liitu | income | sales | intra_eu_supply_services | 0
3200 | Eksport | income | sales | export | 0
3300 | Kasuminormi alusel maksustatav müük | income | sales | margin_scheme | 0
3400 | Käibemaksuga mittemaksustatav müük | income | sales | outside_scope | 0
3900 | Muud äritulud | income | | outside_scope | 0
3910 | Kasum põhivara müügist | income | | domestic | std
4000 | Kaup ja materjal | expense | purchases | domestic | std
4010 | Kaup ja teenused, vähendatud määr | expense | purchases | domestic | 9
4020 | Majutus, vähendatud määr | expense | purchases | domestic | 13
4030 | Ostud 0 % | expense | purchases | zero_rated | 0
4040 | Maksuvabad ostud | expense | purchases | exempt | 0
4050 | Ostud pöördmaksustamisega | expense | purchases | reverse_charge | std
4060 | Ehitusteenuse ost pöördmaksustamisega | expense | purchases | construction_reverse_charge | std
4100 | Kauba ühendusesisene soetamine | expense | purchases | intra_eu_acquisition_goods | std
4110 | Teenuste soetamine Euroopa Liidust | expense | purchases | intra_eu_acquisition_services | std
4200 | Kauba import | expense | purchases | import_goods | std
4210 | Teenuste soetamine väljastpoolt Euroopa Liitu | expense | purchases | import_services | std
4300 | Ostud ilma käibemaksuta | expense | purchases | outside_scope | 0
4310 | Kasuminormi alusel maksustatud ostud | expense | purchases | margin_scheme | 0
5000 | Üür ja rent | expense | | domestic | std
5010 | Elekter, küte ja vesi | expense | | domestic | std
5020 | Sidekulud | expense | | domestic | std
5030 | Bürookulud | expense | | domestic | std
5040 | IT-teenused ja tarkvara | expense | | domestic | std
5050 | Raamatupidamis- ja õigusteenused | expense | | domestic | std
5060 | Reklaam ja turundus | expense | | domestic | std
5070 | Sõiduautode kulud | expense | | domestic | std
5080 | Lähetuskulud | expense | | domestic | std
5090 | Esinduskulud | expense | | domestic | std
5100 | Koolituskulud | expense | | domestic | std
5110 | Kindlustus | expense | | exempt | 0
5120 | Pangateenused | expense | bank_fees | exempt | 0
5130 | Riigilõivud | expense | | outside_scope | 0
5200 | Muud tegevuskulud | expense | | domestic | std
6000 | Töötasud | expense | | |
6010 | Sotsiaalmaks töötasudelt | expense | | |
6020 | Töötuskindlustusmaks töötasudelt | expense | | |
7000 | Põhivara kulum | expense | | |
8000 | Muud ärikulud | expense | | outside_scope | 0
8010 | Ümardused | expense | rounding | outside_scope | 0
8100 | Intressitulud | income | | exempt | 0
8110 | Kasum valuutakursi muutustest | income | | outside_scope | 0
8200 | Intressikulud | expense | | exempt | 0
8210 | Kahjum valuutakursi muutustest | expense | | outside_scope | 0
8900 | Tulumaks | expense | | |
"""
