"""The usual chart of a small Finnish company: number, name, type, role, VAT treatment, VAT rate.

Numbers and order follow the Finnish model chart of a limited company (balance sheet 1000-2999, income statement by
nature of expense 3000-9999), as Finnish programs for small companies begin with. `std` is the standard rate of the day.
"""

from typing import Final

ROWS: Final = """
1020 | Kehittämismenot | asset | | domestic | std
1050 | Aineettomat oikeudet | asset | | domestic | std
1120 | Rakennukset ja rakennelmat | asset | | domestic | std
1160 | Koneet ja kalusto | asset | | domestic | std
1510 | Aineet ja tarvikkeet | asset | | domestic | std
1530 | Valmiit tuotteet ja tavarat | asset | | domestic | std
1580 | Ennakkomaksut vaihto-omaisuudesta | asset | | |
1680 | Lainasaamiset | asset | | |
1701 | Myyntisaamiset | asset | receivables | |
1740 | Ennakkomaksut toimittajille | asset | prepayments | |
1760 | Muut saamiset | asset | | |
1763 | Arvonlisäverosaamiset, ostot | asset | input_vat | |
1800 | Siirtosaamiset | asset | | |
1860 | Rahoitusarvopaperit | asset | | |
1900 | Käteisvarat | asset | cash | |
1910 | Pankkitili | asset | bank | |
1920 | Toinen pankkitili | asset | | |
1990 | Rahaa matkalla | asset | | |
2000 | Osakepääoma | equity | | |
2080 | Sijoitetun vapaan oman pääoman rahasto | equity | | |
2250 | Edellisten tilikausien voitto | equity | | |
2370 | Tilikauden voitto | equity | | |
2600 | Pitkäaikaiset lainat rahoituslaitoksilta | liability | | |
2820 | Lyhytaikaiset lainat rahoituslaitoksilta | liability | | |
2850 | Saadut ennakot | liability | prepayments | |
2871 | Ostovelat | liability | payables | |
2921 | Ennakonpidätysvelka | liability | | |
2923 | Sosiaaliturvamaksuvelka | liability | | |
2939 | Arvonlisäverovelka, myynnit | liability | output_vat | |
2940 | Arvonlisäverotili | liability | | |
2949 | Muut lyhytaikaiset velat | liability | | |
2950 | Siirtovelat | liability | | |
2960 | Palkkavelat | liability | | |
3000 | Myynti, yleinen verokanta | income | sales | domestic | std
3010 | Myynti, alennettu verokanta | income | sales | domestic | 13.5
3020 | Myynti, alennettu verokanta 10 % | income | sales | domestic | 10
3030 | Myynti, nollaverokanta | income | sales | zero_rated | 0
3040 | Veroton myynti | income | sales | exempt | 0
3050 | Käänteisen verovelvollisuuden myynti (metalliromu) | income | sales | reverse_charge | 0
3060 | Rakennuspalvelun myynti, käännetty verovelvollisuus | income | sales | construction_reverse_charge | 0
3100 | Tavaroiden yhteisömyynti | income | sales | intra_eu_supply_goods | 0
3110 | Palvelujen myynti EU-maihin | income | sales | intra_eu_supply_services | 0
3200 | Myynti EU:n ulkopuolelle | income | sales | export | 0
3300 | Marginaaliverotettava myynti | income | sales | margin_scheme | 0
3400 | Arvonlisäveron ulkopuolinen myynti | income | sales | outside_scope | 0
3590 | Myynnin oikaisuerät | income | | domestic | std
3650 | Liiketoiminnan muut tuotot | income | | outside_scope | 0
4000 | Ostot tilikauden aikana | expense | purchases | domestic | std
4010 | Ostot, alennettu verokanta | expense | purchases | domestic | 13.5
4020 | Ostot, alennettu verokanta 10 % | expense | purchases | domestic | 10
4030 | Ostot, nollaverokanta | expense | purchases | zero_rated | 0
4040 | Verottomat ostot | expense | purchases | exempt | 0
4050 | Ostot, käännetty verovelvollisuus | expense | purchases | reverse_charge | std
4100 | Tavaraostot EU-maista | expense | purchases | intra_eu_acquisition_goods | std
4110 | Palveluostot EU-maista | expense | purchases | intra_eu_acquisition_services | std
4200 | Tavaroiden maahantuonti EU:n ulkopuolelta | expense | purchases | import_goods | std
4210 | Palveluostot EU:n ulkopuolelta | expense | purchases | import_services | std
4300 | Ostot ilman arvonlisäveroa | expense | purchases | outside_scope | 0
4310 | Marginaaliverotetut ostot | expense | purchases | margin_scheme | 0
4400 | Varaston muutos | expense | | |
4450 | Ulkopuoliset palvelut | expense | | domestic | std
4460 | Rakennuspalvelun ostot, käännetty verovelvollisuus | expense | purchases | construction_reverse_charge | std
5000 | Palkat | expense | | |
6100 | Eläkekulut | expense | | |
6300 | Muut henkilösivukulut | expense | | |
6800 | Suunnitelman mukaiset poistot | expense | | |
7000 | Vapaaehtoiset henkilösivukulut | expense | | domestic | std
7230 | Toimitilavuokrat | expense | | domestic | std
7330 | Sähkö ja lämmitys | expense | | domestic | std
7500 | Ajoneuvokulut | expense | | domestic | std
7680 | Atk-laite- ja ohjelmistokulut | expense | | domestic | std
7770 | Muut kone- ja kalustokulut | expense | | domestic | std
7800 | Matkakulut | expense | | domestic | 13.5
7960 | Edustuskulut | expense | | outside_scope | 0
8050 | Mainonta ja markkinointi | expense | | domestic | std
8380 | Taloushallintopalvelut | expense | | domestic | std
8450 | Muut hallintopalvelut | expense | | domestic | std
8500 | Puhelin- ja tietoliikennekulut | expense | | domestic | std
8540 | Toimistotarvikkeet | expense | | domestic | std
8560 | Pankkikulut | expense | bank_fees | exempt | 0
8570 | Vakuutukset | expense | | exempt | 0
8600 | Muut liikekulut | expense | | domestic | std
8680 | Pyöristyserot | expense | rounding | outside_scope | 0
9080 | Korkotuotot | income | | exempt | 0
9160 | Kurssivoitot | income | | outside_scope | 0
9440 | Korkokulut | expense | | exempt | 0
9530 | Kurssitappiot | expense | | outside_scope | 0
9940 | Tuloverot | expense | | |
"""
