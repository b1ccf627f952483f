"""Fictional buyers, addresses and goods to draw worlds from."""

from __future__ import annotations

from decimal import Decimal

from ..rng import Prng
from .state import Address, Sku

_NAMES = {
    "US": ("Emily Carter", "Marcus Hill", "Olivia Reyes", "Tyler Brooks", "Hannah Schultz", "Noah Bennett", "Grace Whitman", "Derek Palmer", "Chloe Vance", "Ian Mercer", "Nora Pruitt", "Caleb Stanton", "Paige Donovan", "Trevor Lang", "Leah Kimball", "Owen Fairchild", "Sadie Holcomb", "Miles Garrett", "Tessa Rowland", "Evan Whitlock"),
    "GB": ("Charlotte Webb", "Oliver Ashworth", "Imogen Clarke", "George Hartley", "Freya Dawson", "Rhys Morgan", "Poppy Garside", "Callum Reid", "Edith Norwood", "Toby Lancaster"),
    "DE": ("Lukas Brandt", "Annika Vogel", "Jonas Keller", "Mareike Sommer", "Felix Hartmann", "Greta Lorenz", "Paul Wendt", "Svenja Kramer", "Moritz Albers", "Helene Busch"),
    "FR": ("Camille Laurent", "Théo Marchand", "Manon Girard", "Hugo Lefèvre", "Inès Moreau", "Lucas Perrin", "Adèle Fournier", "Bastien Colin", "Noémie Roche", "Julien Masson"),
    "JP": ("Yuki Tanabe", "Haruto Mizuno", "Sakura Ishii", "Ren Kobayashi", "Aoi Shimizu", "Daichi Ogawa", "Mio Nakahara"),
    "BR": ("Rafael Souza", "Beatriz Lima", "Thiago Almeida", "Camila Rocha", "Bruno Cardoso", "Larissa Pinto", "Diego Barros"),
    "CA": ("Liam Fortier", "Sophie Tremblay", "Nathan Boyd", "Ava Sinclair"),
    "AU": ("Mia Thornton", "Jack Holloway", "Ruby Lawson", "Cooper Nash"),
}  # fmt: skip
_PLACES = {
    "US": (("Portland", "OR", "97205"), ("Austin", "TX", "78704"), ("Columbus", "OH", "43215"), ("Tampa", "FL", "33606"), ("Boise", "ID", "83702"), ("Madison", "WI", "53703")),
    "GB": (("Leeds", "West Yorkshire", "LS1 4DY"), ("Bristol", "Avon", "BS1 5TR"), ("Norwich", "Norfolk", "NR2 1TF"), ("Exeter", "Devon", "EX1 1GE")),
    "DE": (("Köln", "Nordrhein-Westfalen", "50667"), ("Leipzig", "Sachsen", "04109"), ("Bremen", "Bremen", "28195"), ("Augsburg", "Bayern", "86150")),
    "FR": (("Nantes", "Pays de la Loire", "44000"), ("Lille", "Hauts-de-France", "59800"), ("Dijon", "Bourgogne", "21000"), ("Toulouse", "Occitanie", "31000")),
    "JP": (("Sapporo", "Hokkaido", "060-0042"), ("Sendai", "Miyagi", "980-0811"), ("Fukuoka", "Fukuoka", "810-0001")),
    "BR": (("Curitiba", "PR", "80010-000"), ("Recife", "PE", "50030-230"), ("Campinas", "SP", "13010-111")),
    "CA": (("Ottawa", "ON", "K1P 5M7"), ("Halifax", "NS", "B3J 1S9"), ("Calgary", "AB", "T2P 1J9")),
    "AU": (("Hobart", "TAS", "7000"), ("Geelong", "VIC", "3220"), ("Newcastle", "NSW", "2300")),
}  # fmt: skip
_STREETS = {
    "US": ("Maple Ave", "Cedar St", "Lakeview Dr", "Juniper Ln", "Harbor Blvd"),
    "GB": ("Rosemary Lane", "Kingsway", "Mill Road", "Orchard Close"),
    "DE": ("Lindenstraße", "Gartenweg", "Schillerstraße", "Am Markt"),
    "FR": ("rue des Tilleuls", "avenue Pasteur", "rue du Moulin", "place Carnot"),
    "JP": ("Odori Nishi", "Chuo-dori", "Aoba-ku Ichibancho"),
    "BR": ("Rua das Flores", "Av. Brasil", "Rua do Sol"),
    "CA": ("Elgin St", "Spring Garden Rd", "Centre St"),
    "AU": ("Collins St", "Harbour Rd", "Wattle Grove"),
}

_GOODS = (
    ("HL-LMP-01", "折叠护眼台灯", "Foldable LED Desk Lamp", 620, "义乌仓", "46.50", "21.99", "宁波光屿"),
    ("HL-MUG-02", "双层玻璃杯（2 只装）", "Double-Wall Glass Cups, Set of 2", 540, "义乌仓", "28.00", "15.99", "沧州明瓷"),
    ("HL-ORG-03", "抽屉收纳盒（6 件套）", "Drawer Organizer, 6 pcs", 780, "义乌仓", "31.20", "18.50", "台州禾纳"),
    ("HL-MAT-04", "硅藻泥吸水垫", "Diatomite Bath Mat", 860, "东莞仓", "35.80", "22.90", "泉州净石"),
    ("HL-KNF-05", "陶瓷削皮刀", "Ceramic Peeler", 150, "东莞仓", "9.60", "7.99", "阳江刃作"),
    ("HL-BTL-06", "保温随行杯 500 ml", "Insulated Bottle 500 ml", 410, "东莞仓", "33.00", "19.99", "永康恒温"),
    ("HL-TWL-07", "竹纤维毛巾（4 条装）", "Bamboo Towels, Pack of 4", 480, "义乌仓", "26.40", "16.80", "高阳绵语"),
    ("HL-SPK-08", "浴室防水音箱", "Waterproof Shower Speaker", 330, "东莞仓", "52.00", "25.99", "深圳声岸"),
)  # fmt: skip

_CALLING = {"US": 1, "GB": 44, "DE": 49, "FR": 33, "JP": 81, "BR": 55, "CA": 1, "AU": 61}

RATES = {
    "USD": "7.10",
    "GBP": "9.20",
    "EUR": "7.80",
    "JPY": "0.048",
    "BRL": "1.30",
    "CAD": "5.20",
    "AUD": "4.70",
}


def rates() -> dict[str, Decimal]:
    """CNY for one unit of each currency, fixed for the task."""
    return {code: Decimal(rate) for code, rate in RATES.items()}


def make_skus(rng: Prng, *, stock: tuple[int, int] = (40, 90)) -> dict[str, Sku]:
    """The shop's eight goods with stock, and cost and weight a little different in each world."""
    skus = {}
    for code, title, title_en, weight, warehouse, cost, price, supplier in _GOODS:
        skus[code] = Sku(
            code=code,
            title=title,
            title_en=title_en,
            stock=rng.between(*stock),
            weight_g=weight + 10 * rng.between(-4, 4),
            warehouse=warehouse,
            cost=Decimal(cost) + rng.decimal("-1.5", "1.5", "0.1"),
            price=Decimal(price),
            supplier=supplier,
        )
    return skus


class People:
    """Draws buyers, no name twice in one world."""

    def __init__(self, rng: Prng) -> None:
        self._rng = rng
        self._left = {country: rng.fork(country).shuffled(names) for country, names in _NAMES.items()}

    def address(self, country: str) -> Address:
        """A new buyer's address in `country`."""
        if not self._left[country]:
            self._left[country] = [f"{name} Jr." for name in self._rng.shuffled(_NAMES[country])]
        return self.at_home(self._left[country].pop(), country)

    def at_home(self, name: str, country: str) -> Address:
        """A drawn address in `country` for a given name."""
        city, region, postcode = self._rng.choice(_PLACES[country])
        number = self._rng.between(3, 980)
        street = self._rng.choice(_STREETS[country])
        line = f"{street} {number}" if country in ("DE", "JP", "BR") else f"{number} {street}"
        return Address(
            name=name,
            line1=line,
            city=city,
            region=region,
            postcode=postcode,
            country=country,
            phone=f"+{_CALLING[country]} {self._rng.between(100, 999)} {self._rng.between(1000, 9999)}",
        )

    def moved(self, address: Address) -> Address:
        """Another address of the same person in the same country, in another town."""
        while True:
            other = self.at_home(address.name, address.country)
            if other.city != address.city:
                return other
