package world

// Shape is what an EC2 instance type has, and its Linux on-demand list price.
type Shape struct {
	VCPU    int
	MemGiB  float64
	Price   float64 // USD an hour in eu-west-1
	PriceUS float64 // USD an hour in us-east-1
	Credits float64 // most CPU credits; 0 for a type without
	Store   bool    // may have an instance-store root
}

// Shapes are the instance types there are, by name. Prices: AWS's EC2 on-demand list
// for Linux, November 2026; they are of the sandbox only.
var Shapes = map[string]Shape{
	"t3.micro": {2, 1, 0.0114, 0.0104, 288, false}, "t3.small": {2, 2, 0.0228, 0.0208, 576, false}, "t3.medium": {2, 4, 0.0456, 0.0416, 576, false},
	"t3.large": {2, 8, 0.0912, 0.0832, 864, false}, "t3.xlarge": {4, 16, 0.1824, 0.1664, 2304, false},
	"t2.micro": {1, 1, 0.0126, 0.0116, 144, false},
	"m5.large": {2, 8, 0.107, 0.096, 0, false}, "m5.xlarge": {4, 16, 0.214, 0.192, 0, false}, "m5.2xlarge": {8, 32, 0.428, 0.384, 0, false},
	"m5.4xlarge": {16, 64, 0.856, 0.768, 0, false},
	"c5.large":   {2, 4, 0.096, 0.085, 0, false}, "c5.xlarge": {4, 8, 0.192, 0.17, 0, false}, "c5.2xlarge": {8, 16, 0.384, 0.34, 0, false},
	"r5.large": {2, 16, 0.141, 0.126, 0, false}, "r5.xlarge": {4, 32, 0.282, 0.252, 0, false}, "r5.2xlarge": {8, 64, 0.564, 0.504, 0, false},
	"r5.4xlarge": {16, 128, 1.128, 1.008, 0, false},
	"c3.xlarge":  {4, 7.5, 0.239, 0.21, 0, true},
}
