"""People as a company knows them, in five countries: names with accents, addresses, accounts."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from liftlock.demo.data.draws import Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """What names and addresses look like in one country."""

    code: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    """City and the postcode's first digits."""
    phone: str
    account_digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person; what is None was never asked or never told."""

    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    street: str
    city: str
    postcode: str
    country: str
    iban: str | None
    birth_date: date | None

    @property
    def full_name(self) -> str:
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}"


COUNTRIES = (
    Country(
        code="FR",
        first_names=("Zoé", "Aurélien", "Maëlys", "Gaël", "Élodie", "Loïc", "Noémie", "Thibault"),
        last_names=("Lefèvre", "Chénier", "Béranger", "d'Astorg", "Le Goff", "Périgord", "Maçon"),
        streets=(
            "rue du Pont-Cassé",
            "allée des Sorbiers Nains",
            "chemin du Vieux Pré",
            "quai Voltaire",
        ),
        cities=(("Besançon", "25"), ("Nîmes", "30"), ("Saint-Étienne", "42"), ("Orléans", "45")),
        phone="+33 6",
        account_digits=23,
    ),
    Country(
        code="DE",
        first_names=("Jürgen", "Käthe", "Björn", "Anneliese", "Götz", "Sören", "Wiebke", "Ännchen"),
        last_names=("Müßig", "Köhlbrandt", "Strässer", "von Grün", "Rübenach", "Großmann-Hey"),
        streets=("Hinterm Zwinger", "Am Brühl", "Königsallee", "Gänsemarkt", "Schloßgäßchen"),
        cities=(("Würzburg", "97"), ("Görlitz", "02"), ("Münster", "48"), ("Lübeck", "23")),
        phone="+49 151",
        account_digits=18,
    ),
    Country(
        code="PL",
        first_names=("Łukasz", "Małgorzata", "Bożena", "Wojciech", "Żaneta", "Święcisława"),
        last_names=("Wiśniewicz", "Żółciński", "Śliwowska", "Błaszczak", "Grzybowska-Łęcka"),
        streets=("ul. Źródełko", "ul. Żółkiewska", "al. Wiatraków", "ul. Świętokrzyska"),
        cities=(("Łódź", "90"), ("Gdańsk", "80"), ("Rzeszów", "35"), ("Poznań", "60")),
        phone="+48 60",
        account_digits=24,
    ),
    Country(
        code="ES",
        first_names=("Begoña", "Íñigo", "José María", "Nuria", "Ángel", "Iván", "Águeda"),
        last_names=("Ibáñez Muñoz", "Olazábal Roca", "Núñez de Arce", "Echegaray", "Quiñonero"),
        streets=("calle Mayor", "avenida de la Constitución", "plaza de España", "calle Peñón"),
        cities=(("Cádiz", "11"), ("Málaga", "29"), ("A Coruña", "15"), ("León", "24")),
        phone="+34 61",
        account_digits=20,
    ),
    Country(
        code="NO",
        first_names=("Åse", "Øyvind", "Sigbjørn", "Gro Anita", "Håkon", "Bjørg", "Sølvi"),
        last_names=("Ødegaard", "Kjærstad", "Nygård", "Sæterbø", "Bråthen", "Aasgaard-Lie"),
        streets=("Storgata", "Fiskersvingen", "Ærfuglveien", "Øvre Slottsgate"),
        cities=(("Tromsø", "90"), ("Ålesund", "60"), ("Bodø", "80"), ("Tønsberg", "31")),
        phone="+47 4",
        account_digits=11,
    ),
)
COMPANIES = ("Böhm & Söhne", "Atelier Poirier", "Hurtownia Żabka", "Taller Ibérico", "Fjordkraft")
_FIRST_BIRTH = date(1931, 2, 1)
_BIRTH_DAYS = 28_000
_LEFT_OF_97 = 98


def person(world: str, number: int) -> Person:
    """Return the person with this number in a world; the same each time."""
    draw = Draw(f"{world} person", number)
    country = draw.of(COUNTRIES)
    first, last = draw.of(country.first_names), draw.of(country.last_names)
    city, region = draw.of(country.cities)
    return Person(
        first_name=first,
        last_name=last,
        email=_email(draw, first, last, number, world) if draw.percent(88) else None,
        phone=_phone(draw, country) if draw.percent(71) else None,
        street=f"{draw.of(country.streets)} {1 + draw.below(240)}",
        city=city,
        postcode=f"{region}{draw.below(1000):03}",
        country=country.code,
        iban=_iban(country, draw) if draw.percent(64) else None,
        birth_date=_FIRST_BIRTH + timedelta(days=draw.below(_BIRTH_DAYS))
        if draw.percent(79)
        else None,
    )


def plain(text: str) -> str:
    """Return a name as it stands in an e-mail address: no accents, no spaces."""
    simple = text.lower().replace("ł", "l").replace("ø", "o").replace("æ", "ae").replace("ß", "ss")
    decomposed = unicodedata.normalize("NFKD", simple)
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalpha())


def _email(draw: Draw, first: str, last: str, number: int, world: str) -> str:
    provider = draw.of(("postkasten", "correo-azul", "la-boite", "skrzynka", "fjordpost"))
    return f"{plain(first)}.{plain(last)}{number}@{provider}.{world}.test"


def _phone(draw: Draw, country: Country) -> str:
    digits = f"{draw.below(10**8):08}"
    return f"{country.phone} {digits[:2]} {digits[2:4]} {digits[4:6]} {digits[6:]}"


def _iban(country: Country, draw: Draw) -> str:
    account = f"{draw.below(10**country.account_digits):0{country.account_digits}}"
    letters = "".join(str(ord(letter) - 55) for letter in country.code)
    check = _LEFT_OF_97 - int(f"{account}{letters}00") % 97
    return f"{country.code}{check:02}{account}"
